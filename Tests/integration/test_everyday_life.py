"""A container's life as a person steers it: create, start, stop, restart, kill, pause, wait, rm."""

import array
import contextlib
import fcntl
import os
import re
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import host, wait

TICKER = ["sh", "-c", "trap 'exit 3' TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done"]


def is_full(path):
    """Whether a pipe that a process has open takes nothing more."""
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        held = array.array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, held, True)
        # Of its sixteen pages the last may not be full to the brim.
        return held[0] > 15 * 4096
    finally:
        os.close(pipe)


def open_files(pid):
    """What a process has open, as far as it still has when it is asked for."""
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(entry.path)


def the_one(engine):
    """The ID of the one container, once it is whole."""
    return wait.until(lambda: [found for found in engine.identifiers() if "." not in found], "the container")[0]


class TestDetached:
    def test_prints_the_id_and_runs_on(self, engine):
        identifier = engine.up()
        assert len(identifier) == 64 and int(identifier, 16)
        assert engine.status(identifier)["state"] == "running"
        assert wait.is_alive(engine.pid(identifier))

    def test_outlives_session_and_terminal(self, engine):
        """The monitor has a session of its own and holds none of its starter's files."""
        identifier = engine.up()
        [(monitor, _)] = engine.processes()
        assert os.getsid(monitor) == monitor
        assert {os.readlink(f"/proc/{monitor}/fd/{number}") for number in range(3)} == {"/dev/null"}
        assert os.readlink(f"/proc/{monitor}/cwd") == "/"
        lines = open(f"/proc/{monitor}/cgroup").read().splitlines()
        assert [line for line in lines if line.startswith("0::")][0].endswith("/swiftainer/~monitors")
        assert all(line.endswith(":/") for line in lines if not line.startswith("0::"))
        assert engine.status(identifier)["state"] == "running"

    def test_output_of_the_first_instant_is_kept(self, engine):
        identifier = engine.up("echo", "early")
        assert engine("wait", identifier).stdout == "0\n"
        assert '"log":"early\\n","stream":"stdout"' in (engine.data / "containers" / identifier / "log" / "container.log").read_text()

    def test_of_what_cannot_run(self, engine):
        result = engine("run", "-d", engine.box, "no-such-command")
        assert result.code == 127 and "no-such-command" in result.stderr
        [identifier] = engine.identifiers()
        assert (engine.status(identifier)["state"], engine.status(identifier)["exitCode"]) == ("created", 127)

    def test_of_what_removes_itself(self, engine):
        identifier = engine.up("true", flags=["--rm"])
        wait.until(lambda: identifier not in engine.identifiers(), "the container removes itself")


class TestNames:
    def test_name_id_and_its_beginning(self, engine):
        identifier = engine.up(flags=["--name", "web"])
        for word in ("web", "/web", identifier, identifier[:12], identifier[:3]):
            assert engine("pause", word).succeeded().stdout == word + "\n"
            engine("unpause", word).succeeded()

    def test_none_of_that_name(self, engine):
        for verb in ("start", "stop", "restart", "kill", "pause", "unpause", "rm", "wait"):
            result = engine(verb, "nobody")
            assert (result.code, result.stderr) == (1, "swiftainer: No such container: nobody\n"), verb

    def test_others_are_done_all_the_same(self, engine):
        engine.up(flags=["--name", "one"])
        engine.up(flags=["--name", "two"])
        result = engine("stop", "-t", "0", "one", "nobody", "two")
        assert (result.code, result.stdout) == (1, "one\ntwo\n")

    def test_a_beginning_of_two(self, engine):
        identifiers = []
        while len({identifier[0] for identifier in identifiers}) == len(identifiers):
            identifiers.append(engine("create", engine.box, "true").succeeded().stdout.strip())
        first = identifiers[-1][0]
        assert "several" in engine("start", first).stderr

    @pytest.mark.needs("ordinary-machine")
    def test_thirty_two_at_once(self, engine):
        """One gets the name, the others are told whose it is, and nothing of theirs is left."""
        command = [str(engine.program), "run", "-d", "--name", "wanted", str(engine.box), "sleep", "100"]
        started = [
            subprocess.Popen(command, env=engine.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
            for _ in range(32)
        ]
        ends = [process.communicate(timeout=60) for process in started]
        winners = [out.strip() for out, _ in ends if out]
        assert len(winners) == 1 and engine.identifiers() == winners
        for process, (out, error) in zip(started, ends):
            if not out:
                assert process.returncode == 125
                assert error.startswith('swiftainer: Conflict. The container name "/wanted" is already in use by container "')


class TestStop:
    def test_by_the_stop_signal(self, engine):
        identifier = engine.up_ready(*TICKER)
        assert engine("stop", identifier).succeeded().stdout == identifier + "\n"
        status = engine.status(identifier)
        assert (status["state"], status["exitCode"], status["stoppedByHand"]) == ("exited", 3, True)

    def test_by_another(self, engine):
        identifier = engine.up_ready("probe", "handle-signals", "USR1", "--", "exit", "5", flags=["--stop-signal", "USR1"])
        engine("stop", identifier).succeeded()
        assert engine.status(identifier)["exitCode"] == 5
        engine("start", identifier).succeeded()
        engine("stop", "-s", "KILL", identifier).succeeded()
        assert engine.status(identifier)["exitCode"] == 137

    def test_by_force_in_the_end(self, engine):
        """A shell that is a namespace's first process ignores TERM."""
        identifier = engine.up()
        result = engine("stop", "-t", "1", identifier).succeeded()
        # Not the usual ten.
        assert 1 <= result.seconds < 10
        assert engine.status(identifier)["exitCode"] == 137

    def test_time_of_the_container(self, engine):
        identifier = engine.up(flags=["--stop-timeout", "0"])
        # Not the usual ten seconds.
        assert engine("stop", identifier).succeeded().seconds < 10
        assert engine.status(identifier)["exitCode"] == 137

    def test_what_has_stopped(self, engine):
        identifier = engine.up("true")
        engine("wait", identifier)
        assert engine("stop", identifier).succeeded().stdout == identifier + "\n"

    def test_what_is_paused(self, engine):
        identifier = engine.up_ready(*TICKER)
        engine("pause", identifier).succeeded()
        engine("stop", identifier).succeeded()
        assert engine.status(identifier)["exitCode"] == 3


class TestRestart:
    def test_restart(self, engine):
        identifier = engine.up_ready(*TICKER)
        before = engine.pid(identifier)
        engine("restart", identifier).succeeded()
        after = engine.status(identifier)
        assert after["state"] == "running" and after["pid"] != before and not after["stoppedByHand"]
        assert not wait.is_alive(before)

    def test_of_what_has_stopped(self, engine):
        identifier = engine.up("sh", "-c", "test -e /again && sleep 100; touch /again")
        engine("wait", identifier)
        engine("restart", identifier).succeeded()
        assert engine.status(identifier)["state"] == "running"

    def test_start_keeps_what_was_written(self, engine):
        identifier = engine("create", engine.box, "sh", "-c", "echo x >> /count; wc -l < /count").succeeded().stdout.strip()
        assert engine("start", "-a", identifier).succeeded().stdout.strip() == "1"
        assert engine("start", "-a", identifier).succeeded().stdout.strip() == "2"

    def test_start_of_what_runs(self, engine):
        identifier = engine.up()
        before = engine.pid(identifier)
        assert engine("start", identifier).succeeded().stdout == identifier + "\n"
        assert engine.pid(identifier) == before

    def test_starts_at_once(self, engine):
        """Several who start one container start it once."""
        identifier = engine("create", engine.box, "sleep", "100").succeeded().stdout.strip()
        command = [str(engine.program), "start", identifier]
        started = [subprocess.Popen(command, env=engine.environment, stdout=subprocess.DEVNULL) for _ in range(8)]
        assert [process.wait(60) for process in started] == [0] * 8
        assert len([line for _, line in engine.processes() if "swiftainer-monitor" in line]) == 1
        assert len(engine.events("start")) == 1


class TestKill:
    def test_kill(self, engine):
        identifier = engine.up()
        engine("kill", identifier).succeeded()
        assert engine("wait", identifier).stdout == "137\n"

    def test_another_signal(self, engine):
        identifier = engine.up_ready("probe", "handle-signals", "HUP", "--", "exit", "6")
        engine("kill", "-s", "HUP", identifier).succeeded()
        assert engine("wait", identifier).stdout == "6\n"

    def test_of_what_does_not_run(self, engine):
        identifier = engine("create", engine.box, "true").succeeded().stdout.strip()
        result = engine("kill", identifier)
        assert result.code == 1 and "is not running" in result.stderr

    def test_unknown_signal(self, engine):
        identifier = engine.up()
        result = engine("kill", "-s", "NOTHING", identifier)
        assert result.code == 1 and "--signal NOTHING" in result.stderr


class TestPause:
    def test_stands_still(self, engine):
        identifier = engine.up_ready(*TICKER)
        log = engine.data / "containers" / identifier / "log" / "container.log"
        engine("pause", identifier).succeeded()
        assert engine.status(identifier)["state"] == "paused"
        before = log.stat().st_size
        assert "already paused" in engine("pause", identifier).stderr
        assert log.stat().st_size - before <= 100
        engine("unpause", identifier).succeeded()
        wait.until(lambda: log.stat().st_size > before + 100, "it goes on")
        assert "not paused" in engine("unpause", identifier).stderr


@contextlib.contextmanager
def locked(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


def is_waiting(pid):
    """Whether a process waits for a lock."""
    return re.search(rf"-> FLOCK .* {pid} ", Path("/proc/locks").read_text())


class TestRemove:
    @pytest.mark.needs("cpu", "cpuset")
    @pytest.mark.skipif(host.kernel() < (6, 6), reason="a new weight makes no difference before the next turn")
    @pytest.mark.parametrize("verb", [["rm", "-f"], ["kill"]])
    def test_of_one_that_starves(self, engine, verb):
        """Nobody ends without processor time, not even by a KILL."""
        place = ["--cpuset-cpus", str(max(os.sched_getaffinity(0)))]
        poor, rich = (engine.up("probe", "spin", flags=[*place, "--cpu-shares", shares]) for shares in ("2", "262144"))
        for container in (poor, rich):
            wait.until(lambda: "spin" in engine("logs", container).stdout, "its start")  # noqa: B023
        engine(*verb, poor).succeeded()
        wait.until(lambda: engine.events("die"), "its end")
        engine("rm", "-f", rich).succeeded()

    @pytest.mark.parametrize("verb, code", [(["rm", "web"], 1), (["container", "prune", "-f"], 0), (["rm", "-f", "web"], 0)])
    def test_of_what_is_just_starting(self, engine, verb, code):
        """Its start is held up; meanwhile it is to be removed, and waits its turn."""
        identifier = engine("create", "--name", "web", "-v", "held:/x", engine.box, "sleep", "1000").succeeded().stdout.strip()
        with locked(engine.data / "volumes" / "held"):
            starting = engine.start("start", "web")
            wait.until(lambda: any(is_waiting(pid) for pid, _ in engine.processes()), "the start at the volume")
            removing = engine.start(*verb)
            wait.until(lambda: is_waiting(removing.pid), "the removal at the container")
        assert starting.exit_code() == 0
        assert removing.exit_code() == code
        if "-f" in verb and verb[0] == "rm":
            assert engine.identifiers() == []
        else:
            assert engine.status(identifier)["state"] == "running"
            assert wait.is_alive(engine.pid(identifier))

    def test_a_name_that_another_has_taken_meanwhile(self, engine):
        """Whoever makes one of that name need not wait until it has been given up: the folder is gone before."""
        engine("create", "--name", "web", engine.box, "true").succeeded()
        link, other = engine.data / "names" / "web", "b" * 64
        with locked(link.parent):
            removing = engine.start("rm", "web")
            wait.until(lambda: is_waiting(removing.pid), "the removal at the name")
            assert engine.identifiers() == [f".old-{os.readlink(link)}"]
            link.unlink()
            link.symlink_to(other)
        assert removing.exit_code() == 0
        assert os.readlink(link) == other

    def test_a_name_that_leads_nowhere_is_free(self, engine):
        engine("create", engine.box, "true").succeeded()
        for name, damage in (("a1", lambda link: link.symlink_to("b" * 64)), ("a2", lambda link: link.symlink_to("x")),
                             ("a3", lambda link: link.touch())):  # fmt: skip
            damage(engine.data / "names" / name)
            identifier = engine("create", "--name", name, engine.box, "true").succeeded().stdout.strip()
            assert os.readlink(engine.data / "names" / name) == identifier

    def test_folders_deeper_than_a_path_is_long(self, engine):
        """What a payload has made must not stay when it is gone."""
        words = "cd /; D=$(printf '%0200d' 0); for i in $(seq 30); do mkdir $D; cd $D; done; echo > file"
        engine("run", "--rm", engine.box, "sh", "-c", words).succeeded()
        name = engine.up("sh", "-c", words)
        engine("wait", name)
        engine("rm", name).succeeded()
        assert list((engine.data / "containers").iterdir()) == []

    @pytest.mark.parametrize("flags", [[], ["-f"]], ids=["rm", "rm -f"])
    def test_what_stays_is_told(self, engine, tmp_path, flags):
        """What somebody has mounted there is left alone."""
        name = engine.up("true")
        engine("wait", name)
        (tmp_path / "other").mkdir()
        (tmp_path / "other/file").write_text("kept")
        inside = engine.data / "containers" / name / "upper/mounted"
        inside.mkdir()
        remains = engine.data / "containers" / f".old-{name}"
        subprocess.run(["mount", "--bind", tmp_path / "other", inside], check=True)
        try:
            result = engine("rm", *flags, name)
            assert result.code == 1 and f"remove {remains}: something in it cannot be removed" in result.stderr, str(result)
            assert (tmp_path / "other/file").read_text() == "kept"
            assert engine("system", "check").code != 0
        finally:
            subprocess.run(["umount", remains / "upper/mounted"])
            subprocess.run(["umount", inside], stderr=subprocess.DEVNULL)
        engine("system", "check").succeeded()
        assert not remains.exists()

    def test_of_what_is_missing(self, engine):
        """It is told; to a shell it is a failure where nobody has forced it."""
        engine("create", "--name", "web", engine.box, "true").succeeded()
        result = engine("rm", "-f", "nobody", "web").succeeded()
        assert (result.stdout, result.stderr) == ("web\n", "swiftainer: No such container: nobody\n")
        assert engine("rm", "nobody").code == 1

    def test_of_what_may_be_several(self, engine):
        """Nothing is forced on one that may not be meant."""
        first = engine("create", engine.box, "true").succeeded().stdout.strip()
        taken = first[0]
        while True:
            other = engine("create", engine.box, "true").succeeded().stdout.strip()
            if other[0] == taken:
                break
            engine("rm", other).succeeded()
        result = engine("rm", "-f", taken)
        assert result.code == 1 and "several containers' IDs begin like this" in result.stderr, str(result)
        assert set(engine.identifiers()) == {first, other}

    def test_of_what_runs(self, engine):
        engine.up(flags=["--name", "web"])
        result = engine("rm", "web")
        assert (result.code, result.stderr) == (
            1,
            'swiftainer: cannot remove container "web": container is running: '
            "stop the container before removing or force remove\n",
        )
        assert engine("rm", "-f", "web").succeeded().stdout == "web\n"
        assert engine.identifiers() == []

    def test_damaged_files(self, engine):
        """A record that was cut short is told by name, hides nobody else, and can be removed."""
        identifier = engine("create", "--name", "web", engine.box, "true").succeeded().stdout.strip()
        file = engine.data / "containers" / identifier / "container.json"
        file.write_text(file.read_text()[:40])
        result = engine("start", "web")
        assert result.code == 1 and str(file) in result.stderr
        assert engine("rm", "-f", "web").succeeded().stdout == "web\n"
        engine("create", "--name", "web", engine.box, "true").succeeded()

    def test_record_of_a_later_version(self, engine):
        identifier = engine("create", "--name", "web", engine.box, "true").succeeded().stdout.strip()
        file = engine.data / "containers" / identifier / "container.json"
        file.write_text(file.read_text().replace('"version":1', '"version":99'))
        assert "later version" in engine("start", "web").stderr
        engine("rm", "-f", "web").succeeded()

    def test_status_cut_short(self, engine):
        identifier = engine.up("true")
        engine("wait", identifier)
        file = engine.data / "containers" / identifier / "status.json"
        file.write_text("{")
        result = engine("start", identifier)
        assert result.code == 1 and str(file) in result.stderr
        engine("rm", "-f", identifier).succeeded()


class TestAttach:
    def test_sees_what_is_said_and_passes_signals(self, engine):
        identifier = engine.up_ready(*TICKER)
        attached = engine.start("attach", identifier)
        wait.until(lambda: attached.line().startswith("tick"), "a tick")
        attached.signal(signal.SIGTERM)
        assert attached.exit_code() == 3

    def test_input(self, engine):
        identifier = engine.up("cat", flags=["-i"])
        attached = engine.start("attach", identifier)
        attached.say("hello\n")
        assert attached.line() == "hello"
        # Whoever comes later types into the same payload.
        other = engine.start("attach", identifier)
        other.say("world\n")
        assert (attached.line(), other.line()) == ("world", "world")

    def test_of_what_does_not_run(self, engine):
        identifier = engine("create", engine.box, "true").succeeded().stdout.strip()
        assert "stopped container" in engine("attach", identifier).stderr

    def test_killed_client_leaves_the_container(self, engine):
        identifier = engine.up_ready(*TICKER)
        attached = engine.start("attach", identifier)
        wait.until(lambda: attached.line().startswith("tick"), "a tick")
        attached.signal(signal.SIGKILL)
        attached.exit_code()
        assert engine("stop", identifier).succeeded()
        assert engine.status(identifier)["exitCode"] == 3

    def test_nothing_is_lost(self, engine):
        """Ten megabytes through pipe, monitor, socket and pipe, byte for byte."""
        result = engine("run", "--rm", engine.box, "sh", "-c", "seq 1 1500000", timeout=120)
        assert result.code == 0
        lines = result.stdout.split("\n")
        assert len(lines) == 1_500_001 and lines[-2] == "1500000"

    def test_a_slow_reader_hears_all(self, engine):
        """What waits between payload and reader outlives the payload, and its monitor. Nobody waits for the reader."""
        words = f"trap 'exit 7' USR1; yes {'x' * 500} & wait"
        running = engine.start("run", "--name", "web", engine.box, "sh", "-c", words)
        identifier = the_one(engine)
        log = engine.data / "containers" / identifier / "log" / "container.log"
        [writer] = wait.until(
            lambda: log.exists() and log.stat().st_size and wait.children(engine.pid(identifier)), "the writer")
        size = 0

        def is_stuck():
            nonlocal size
            before, size = size, log.stat().st_size
            return is_full(f"/proc/{writer}/fd/1") and size == before

        wait.until(is_stuck, "all pipes and sockets are full")
        [monitor] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]
        engine("kill", "-s", "USR1", "web").succeeded()
        wait.for_death(monitor)
        assert engine.status(identifier)["exitCode"] == 7
        heard = running.output.rest()
        assert running.exit_code() == 7, running.process.stderr.read()
        assert heard.rstrip("\n") == engine("logs", "web").stdout.rstrip("\n")

    @pytest.mark.parametrize(
        "flags, code, said", [([], 7, ""), (["--rm"], 1, "swiftainer: No such container: web\n")], ids=["stays", "rm"])
    def test_end_before_the_monitor_has_heard(self, engine, flags, code, said):
        """The payload ends in good order at the moment when somebody attaches."""
        words = ["sh", "-c", "trap 'exit 7' USR1; echo up; while :; do sleep 0.05; done"]
        identifier = engine.up(*words, flags=["--name", "web", *flags])
        log = engine.data / "containers" / identifier / "log" / "container.log"
        wait.until(lambda: log.exists() and log.stat().st_size, "the handler")
        [(monitor, _)] = engine.processes()
        os.kill(monitor, signal.SIGSTOP)
        try:
            attached = engine.start("attach", "web")
            # Which it opens once it is connected.
            wait.until(lambda: any("signalfd" in file for file in open_files(attached.pid)), "it listens")
            os.kill(engine.pid(identifier), signal.SIGUSR1)
            wait.for_death(engine.pid(identifier))
        finally:
            os.kill(monitor, signal.SIGCONT)
        assert (attached.exit_code(), attached.process.stderr.read().decode()) == (code, said)

    def test_input_that_the_payload_closes(self, engine):
        """Once it was full: its monitor does not ask for ever what there is to be done about it."""
        words = "while ! test -e /go; do sleep 0.05; done; head -c 200000 > /dev/null; exec sleep 999 < /dev/null"
        running = engine.start("run", "-i", "--name", "web", engine.box, "sh", "-c", words)
        running.say("x" * 200000)
        identifier = the_one(engine)
        status = engine.data / "containers" / identifier / "status.json"
        payload = wait.until(lambda: status.exists() and engine.pid(identifier), "the payload")
        wait.until(lambda: is_full(f"/proc/{payload}/fd/0"), "its input is full")
        engine("exec", "web", "touch", "/go").succeeded()
        wait.until(lambda: os.readlink(f"/proc/{payload}/fd/0") == "/dev/null", "it has another input")
        [monitor] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]

        def used():
            """Processor time, in ticks."""
            with open(f"/proc/{monitor}/stat") as file:
                return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))

        before = used()
        # Takes at least a second on any machine.
        engine("exec", "web", "sleep", "1").succeeded()
        assert used() - before < 0.05 * os.sysconf("SC_CLK_TCK")


class TestWait:
    def test_of_several(self, engine):
        words = [engine.up("sh", "-c", f"exit {code}") for code in (0, 7)]
        assert engine("wait", *words).stdout == "0\n7\n"

    def test_of_what_runs(self, engine):
        identifier = engine.up_ready(*TICKER)
        waiting = engine.start("wait", identifier)
        engine("stop", identifier).succeeded()
        assert waiting.line() == "3"


@pytest.mark.parametrize("streams, seen", [(["-a", "stdout"], ("out\n", "")), (["-a", "stderr"], ("", "err\n"))])
def test_streams_to_attach(engine, streams, seen):
    result = engine("run", *streams, engine.box, "sh", "-c", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == seen
