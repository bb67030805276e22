"""`swiftainer run`: the three streams, signals, and the first process of `--init`."""

import json
import os
import signal
import subprocess
import time

import pytest

from harness import host, wait
from harness.everyday import cgroup, container_id, leftovers, one_line
from run_fixtures import box, everyday  # noqa: F401


class TestStreams:
    def test_data_and_its_end(self, everyday):
        result = everyday.run("-i", everyday.box, "cat", stdin="hi\nthere")
        assert (result.code, result.stdout, result.stderr) == (0, "hi\nthere", "")

    def test_a_lot_of_data(self, everyday):
        text = "0123456789abcdef" * 200_000
        result = everyday.run("-i", everyday.box, "cat", stdin=text)
        assert result.stdout == text

    def test_without_i_it_is_empty(self, everyday):
        assert everyday.run(everyday.box, "wc", "-c", stdin="hi").stdout.strip() == "0"

    def test_stdout_and_stderr_are_apart(self, everyday):
        result = everyday.run(everyday.box, "sh", "-c", "echo out; echo err >&2")
        assert (result.stdout, result.stderr) == ("out\n", "err\n")

    def test_it_with_stdin_not_a_terminal(self, everyday):
        line = one_line(everyday.run("-it", everyday.box, "true", stdin=""), 125)
        assert "the input device is not a TTY" in line

    def test_t_alone(self, everyday):
        """Output is a terminal's, there is no input to wait for."""
        result = everyday.probe("tty", flags=["-t"])
        assert result.code == 0
        tty = result.record("tty")
        assert tty["isatty"] == [True, True, True]

    def test_no_terminal_unless_asked(self, everyday):
        assert everyday.probe("tty").record("tty")["isatty"] == [False, False, False]

    def test_payload_holds_only_the_three(self, everyday):
        found = everyday.probe("fds").record("fds")["fds"]
        assert [entry["fd"] for entry in found] == [0, 1, 2]

    def test_closed_streams(self, everyday):
        """A caller without streams is nothing to stumble over."""
        words = " ".join(everyday.command(everyday.box, "probe", "exit", 6))
        done = subprocess.run(["sh", "-c", f"exec {words} <&- >&- 2>&-"])
        assert done.returncode == 6

    def test_output_whose_reader_went(self, everyday):
        words = " ".join(everyday.command(everyday.box, "yes"))
        done = subprocess.run(["sh", "-c", f"{words} | head -n 1"], capture_output=True, text=True, timeout=30)
        assert done.stdout == "y\n"
        wait.until(lambda: leftovers(everyday.names[-1]) == [], "the end of the container")


class TestSignals:
    @pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "WINCH"])
    def test_is_passed_on(self, everyday, name):
        running = everyday.start("handle-signals", name, "--", "exit", 7)
        running.record("handle-signals")
        running.signal(signal.Signals["SIG" + name])
        assert running.record("signal")["name"] == name
        assert running.exit_code() == 7

    def test_term_without_a_handler(self, everyday):
        """The first process of a pid namespace ignores it; with --init it ends."""
        running = everyday.start("pause", flags=["--init"])
        running.record("pause")
        running.signal(signal.SIGTERM)
        assert running.exit_code() == 143

    def test_stop_and_continue(self, everyday):
        """The command itself can be stopped by its shell; the payload goes on."""
        running = everyday.start("handle-signals", "TERM", "--", "exit", 3)
        running.record("handle-signals")
        os.kill(running.pid, signal.SIGSTOP)
        os.kill(running.pid, signal.SIGCONT)
        running.signal(signal.SIGTERM)
        assert running.exit_code() == 3

    def test_kill_leaves_the_container(self, everyday):
        """The command is only a client: the container outlives it."""
        running = everyday.start("handle-signals", "TERM", "--", "exit", 0, rm=False)
        running.record("handle-signals")
        running.signal(signal.SIGKILL)
        assert running.exit_code() == -9
        assert host.descendants_of_cgroup(cgroup(running.name))
        everyday.swiftainer("stop", running.name).succeeded()
        assert everyday.swiftainer("wait", running.name).stdout == "0\n"
        everyday.swiftainer("rm", running.name).succeeded()
        assert leftovers(running.name) == []

    def test_end_with_init_ends_all(self, everyday):
        running = everyday.start("fork", 3, "--", "pause", flags=["--init"], rm=False)
        running.record("pause")
        pids = host.descendants_of_cgroup(cgroup(running.name))
        assert len(pids) == 5
        everyday.remove(running.name).succeeded()
        assert running.exit_code() == 137
        for pid in pids:
            wait.until(lambda: not wait.is_alive(pid), f"the end of process {pid}")
        assert leftovers(running.name) == []

    @pytest.mark.parametrize("step", range(0, 30, 3))
    def test_killed_at_any_time(self, everyday, step):
        """Whatever is there afterwards can be removed, and the name used again."""
        running = everyday.start("pause", rm=False)
        time.sleep(step / 1000)  # not awaiting anything: any instant is the one to test
        running.signal(signal.SIGKILL)
        running.exit_code()
        if container_id(running.name):
            everyday.remove(running.name)
        everyday.probe("exit", 0, name=running.name).succeeded()
        assert leftovers(running.name) == []


class TestInit:
    def test_payload_is_not_the_first(self, everyday):
        status = everyday.probe("status", flags=["--init"]).record("status")
        assert status["pid"] > 1 and status["ppid"] == 1

    def test_payload_is_the_first_without(self, everyday):
        assert everyday.probe("status").record("status")["pid"] == 1

    COUNT = "n=0; for f in /proc/[0-9]*/stat; do case $(cat $f 2>/dev/null) in *') Z '*) n=$((n+1));; esac; done; echo zombies $n"

    def test_orphans_are_reaped(self, everyday):
        script = f"probe orphans 20 > /dev/null; i=0; while [ $i -lt 100 ]; do i=$((i+1)); out=$({self.COUNT}); [ \"$out\" = 'zombies 0' ] && break; sleep 0.01; done; echo $out"
        assert everyday.run("--init", everyday.box, "sh", "-c", script).stdout == "zombies 0\n"

    def test_orphans_stay_without(self, everyday):
        """Which shows that the test above can fail."""
        result = everyday.probe("orphans", 20, "--", "spawn", "/bin/sh", "-c", self.COUNT)
        assert int(result.stdout.split("zombies ")[1].split()[0]) >= 1

    def test_code_is_the_payloads(self, everyday):
        assert everyday.probe("exit", 17, flags=["--init"]).code == 17

    def test_not_found(self, everyday):
        assert '"none"' in one_line(everyday.run("--init", everyday.box, "none"), 127)
