"""Signals: from engines to the payload, from a person through `run`, and what pid 1 is deaf to."""

import os
import signal
import subprocess

import pytest

from harness import wait
from harness.output import Output

NAMES = [
    "HUP",
    "INT",
    "QUIT",
    "ABRT",
    "USR1",
    "USR2",
    "PIPE",
    "ALRM",
    "TERM",
    "CONT",
    "TSTP",
    "TTIN",
    "TTOU",
    "URG",
    "XCPU",
    "XFSZ",
    "VTALRM",
    "PROF",
    "WINCH",
    "IO",
    "PWR",
    "SYS",
]


class Foreground:
    """A `run` or `exec` in the foreground that signals can be sent to."""

    def __init__(self, command):
        reader, writer = os.pipe()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=writer, start_new_session=True
        )
        os.close(writer)
        self.output = Output(reader)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.output.close()

    def wait(self):
        code = self.process.wait(wait.PATIENCE)
        return code if code >= 0 else 128 - code


@pytest.fixture
def listening(containers):
    container = containers("handle-signals", "TERM", "--", "exit", 3).create().start()
    container.output.record("handle-signals")
    return container


class TestKill:
    def test_every_name(self, listening):
        for name in NAMES:
            if name == "TERM":
                continue
            listening.kill(name).succeeded()
            assert listening.output.record("signal")["name"] in (name, {"IO": "POLL"}.get(name))

    def test_real_time_number(self, listening):
        listening.kill(str(signal.SIGRTMIN + 3)).succeeded()
        assert listening.output.record("signal")["number"] == signal.SIGRTMIN + 3

    def test_sender_is_outside(self, listening):
        listening.kill("USR1").succeeded()
        assert listening.output.record("signal")["sender"] == 0

    def test_stop_signal_ends_it_in_its_own_way(self, listening):
        listening.kill("TERM").succeeded()
        assert listening.wait_exit() == 3

    def test_kill_cannot_be_caught(self, listening):
        listening.kill("KILL").succeeded()
        assert listening.wait_exit() == 137

    def test_pid_one_is_deaf_to_what_it_does_not_handle(self, containers):
        """As for every container: without a handler SIGTERM does nothing to pid 1."""
        container = containers.up()
        container.kill("TERM").succeeded()
        container.exec("exit", 0).succeeded()
        assert container.status == "running"

    def test_default_action_without_a_pid_namespace(self, containers):
        container = containers("pause").without("pid").up()
        container.kill("TERM").succeeded()
        assert container.wait_exit() == 128 + 15

    def test_stop_and_continue(self, listening):
        listening.kill("STOP").succeeded()
        stat = f"/proc/{listening.pid}/stat"
        wait.until(lambda: open(stat).read().rsplit(")", 1)[1].split()[0] == "T", "stopped by SIGSTOP")
        assert listening.status == "running"  # it is no state of the specification
        listening.kill("CONT").succeeded()
        assert listening.output.record("signal")["name"] == "CONT"

    def test_zero_only_asks(self, listening):
        listening.kill("0").succeeded()
        assert listening.status == "running"

    def test_dead_between(self, containers):
        """kill of a container whose payload has just gone says so in words that engines know."""
        container = containers("exit", 0).create().start()
        wait.for_death(container.pid)
        result = container.kill("TERM").failed()
        assert any(
            words in result.stderr
            for words in ("container not running", "no such process", "os: process already finished")
        )


class TestRun:
    def command(self, container):
        container.write_config()
        return container.runtime.command(
            "run", "--bundle", container.bundle, container.id, root=container.root
        )

    @pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "CONT", "ALRM"])
    def test_is_passed_on(self, containers, name):
        container = containers("handle-signals", name, "--", "exit", 6)
        with Foreground(self.command(container)) as run:
            run.output.record("handle-signals")
            run.process.send_signal(getattr(signal, f"SIG{name}"))
            names = iter(lambda: run.output.record("signal")["name"], name)
            assert set(names) <= {"URG"}  # Go's own scheduling
            assert run.wait() == 6

    def test_exit_code_after_a_signal(self, containers):
        container = containers("pause").without("pid")
        with Foreground(self.command(container)) as run:
            run.output.record("pause")
            run.process.send_signal(signal.SIGTERM)
            assert run.wait() == 128 + 15

    def test_its_cgroup_is_gone_afterwards(self, containers):
        container = containers("handle-signals", "TERM")
        with Foreground(self.command(container)) as run:
            run.output.record("handle-signals")
            run.process.send_signal(signal.SIGTERM)
            assert run.wait() == 0
        assert container.leftovers() == []

    def test_signals_ignored_by_the_caller(self, containers):
        """nohup and shells' background jobs: dispositions must not reach the payload."""
        container = containers("status")
        ignore = lambda: [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP)]
        status = container.run(preexec_fn=ignore).succeeded().record("status")
        assert set(status["ignored"]) <= {signal.SIGHUP}  # SIGHUP may be kept ignored on purpose: nohup

    @pytest.mark.needs("swiftainer")
    def test_signals_blocked_by_the_caller(self, containers):
        container = containers("status")
        block = lambda: signal.pthread_sigmask(
            signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD]
        )
        assert container.run(preexec_fn=block).succeeded().record("status")["blocked"] == []

    def test_killed_run_can_be_cleaned_up(self, containers):
        container = containers("pause")
        with Foreground(self.command(container)) as run:
            run.output.record("pause")
            run.process.kill()
            run.wait()
        container.delete("--force").succeeded()
        assert container.leftovers() == []


class TestExec:
    @pytest.mark.parametrize("name", ["TERM", "INT", "USR1"])
    def test_is_passed_on(self, containers, name):
        container = containers.up()
        command = container.runtime.command(
            "exec", container.id, "/bin/probe", "handle-signals", name, "--", "exit", "6", root=container.root
        )
        with Foreground(command) as run:
            run.output.record("handle-signals")
            run.process.send_signal(getattr(signal, f"SIG{name}"))
            names = iter(lambda: run.output.record("signal")["name"], name)
            assert set(names) <= {"URG"}
            assert run.wait() == 6
        assert container.status == "running"


class TestReaping:
    def test_zombies_of_the_payload_are_its_own(self, containers):
        container = containers.up("zombies", 3)
        states = container.exec("ls", "/proc").succeeded().record("ls")["names"]
        assert len([name for name in states if name.isdigit()]) == 5  # pid 1, three zombies, the exec'd one

    def test_delete_force_with_zombies(self, containers):
        container = containers.up("zombies", 3)
        container.delete("--force").succeeded()
        assert container.leftovers() == []
