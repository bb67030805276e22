"""What is killed, cut short or full: nothing is lost, nothing left, and a clear word each time."""

import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import time

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import host, wait


def monitor(engine):
    [pid] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]
    return pid


def check(engine):
    """`system check` until it finds nothing more; what it found at first."""
    first = engine("system", "check")
    assert first.code == 0, str(first)
    again = engine("system", "check")
    assert (again.code, again.stdout) == (0, ""), str(again)
    return first.stdout


class TestMonitorKilled:
    def test_payload_goes_with_it_and_it_is_told(self, engine):
        identifier = engine.up(flags=["--name", "web", "--restart", "always"])
        payload = engine.pid(identifier)
        os.kill(monitor(engine), signal.SIGKILL)
        wait.for_death(payload)
        result = engine("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}", "web")
        assert result.stdout == "exited 137 the container's monitor was killed\n", str(result)
        engine("start", "web").succeeded()
        assert engine.status(identifier)["state"] == "running"

    def test_attached_are_told(self, engine):
        running = engine.start("run", "--name", "web", str(engine.box), "sh", "-c", "echo up; sleep 1000")
        assert running.line() == "up"
        os.kill(monitor(engine), signal.SIGKILL)
        assert running.exit_code() == 125
        assert b"its monitor was killed" in running.process.stderr.read()

    def test_stop_and_rm_of_what_went_with_it(self, engine):
        engine.up(flags=["--name", "web"])
        os.kill(monitor(engine), signal.SIGKILL)
        engine("stop", "web").succeeded()
        engine("rm", "web").succeeded()

    def test_check_finds_what_is_left(self, engine):
        identifier = engine.up(flags=["--name", "web"])
        os.kill(monitor(engine), signal.SIGKILL)
        wait.until(lambda: not list(engine.processes()), "its end")
        found = check(engine)
        assert "container web: the container's monitor was killed" in found
        assert engine.status(identifier)["state"] == "exited"


    def test_nothing_is_written_while_it_is_started(self, engine):
        """Whoever starts it has its lock: what others took from it then would be the new launch's."""
        identifier = engine.up(flags=["--name", "web"])
        os.kill(monitor(engine), signal.SIGKILL)
        wait.until(lambda: not list(engine.processes()), "its end")
        before, leases = engine.status(identifier), engine.leases()
        assert before["state"] == "running" and leases
        folder = os.open(engine.data / "containers" / identifier, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            assert "Exited (137)" in engine("ps", "-a").stdout
            assert (engine.status(identifier), engine.leases()) == (before, leases)
        finally:
            os.close(folder)
        assert "Exited (137)" in engine("ps", "-a").stdout
        assert (engine.status(identifier)["state"], engine.leases()) == ("exited", [])


def test_folder_taken_away(engine):
    """Whatever its policy says: there is nothing that could be started again."""
    identifier = engine.up(flags=["--restart", "always"])
    payload = engine.pid(identifier)
    (engine.data / "containers" / identifier).rename(engine.folder / "taken")
    os.kill(payload, signal.SIGKILL)
    wait.until(lambda: not list(engine.processes()), "the end of its monitor")
    assert len(engine.events("die")) == 1


class TestPayloadKilled:
    def test_by_its_number(self, engine):
        identifier = engine.up()
        os.kill(engine.pid(identifier), signal.SIGKILL)
        assert engine("wait", identifier).stdout == "137\n"


class TestClientKilled:
    """Whoever kills a command at any instant finds a machine that can be put right."""

    @pytest.mark.parametrize("step", range(0, 40, 4))
    @pytest.mark.parametrize("words", [["run", "-d"], ["create"]], ids=["run", "create"])
    def test_making(self, engine, words, step):
        command = [str(engine.program), *words, "--name", "web", str(engine.box), "sleep", "1000"]
        made = subprocess.Popen(command, env=engine.environment, stdout=subprocess.DEVNULL)
        time.sleep(step / 1000)  # not awaiting anything: any instant is the one to test
        made.kill()
        made.wait()
        if "No such container" in engine("rm", "-f", "web").succeeded().stderr:
            # It had no name yet, so nobody is in the way of whoever wants it.
            engine("create", "--name", "web", engine.box, "true").succeeded()
            engine("rm", "web").succeeded()
        check(engine)
        assert engine.identifiers() == []

    @pytest.mark.parametrize("step", range(0, 20, 4))
    def test_removing(self, engine, step):
        engine.up(flags=["--name", "web"])
        removing = subprocess.Popen([str(engine.program), "rm", "-f", "web"], env=engine.environment,
                                    stdout=subprocess.DEVNULL)
        time.sleep(step / 1000)  # any instant
        removing.kill()
        removing.wait()
        engine("rm", "-f", "web")
        check(engine)
        assert engine.identifiers() == []

    def test_starting_monitor_alone(self, engine):
        """The monitor goes on with what it was told, or with nothing."""
        for step in range(0, 20, 2):
            identifier = engine("create", engine.box, "sleep", "1000").succeeded().stdout.strip()
            starting = subprocess.Popen([str(engine.program), "start", identifier], env=engine.environment,
                                        stdout=subprocess.DEVNULL)
            time.sleep(step / 1000)  # any instant
            starting.kill()
            starting.wait()
            engine("start", identifier).succeeded()
            assert wait.is_alive(engine.pid(identifier))
            engine("rm", "-f", identifier).succeeded()


class TestReboot:
    def reboot(self, engine):
        """What a machine that went down leaves: lasting files of another boot, no process, no volatile folder."""
        for pid, _ in list(engine.processes()):
            os.kill(pid, signal.SIGKILL)
        wait.until(lambda: not list(engine.processes()), "the end of all")
        for identifier in engine.identifiers():
            file = engine.data / "containers" / identifier / "status.json"
            if file.exists():
                file.write_text(json.dumps({**json.loads(file.read_text()), "boot": "00000000-before"}))
        subprocess.run(["rm", "-rf", str(engine.state)], check=True)
        for identifier in engine.identifiers():
            for folder in host.cgroup_folders(f"/swiftainer/{identifier}"):
                wait.until(lambda: not (folder / "cgroup.procs").read_text(), f"{folder} is empty")  # noqa: B023
                folder.rmdir()

    def test_what_ran_has_ended(self, engine):
        identifier = engine.up(flags=["--name", "web"])
        self.reboot(engine)
        assert "Exited (255)" in engine("ps", "-a").stdout
        engine("start", "web").succeeded()
        assert engine.status(identifier)["state"] == "running"

    def test_boot_starts_by_the_policies(self, engine):
        def made(name, policy, *words, after=None):
            engine.up(*words, flags=["--name", name, "--restart", policy])
            if after:
                engine(*after, name).succeeded()

        made("always", "always")
        made("always-stopped", "always", after=["stop", "-t", "0"])
        made("unless", "unless-stopped")
        made("unless-stopped", "unless-stopped", after=["stop", "-t", "0"])
        made("failure", "on-failure")
        made("failure-stopped", "on-failure", after=["stop", "-t", "0"])
        made("none", "no")
        engine("create", "--name", "never-started", "--restart", "always", engine.box, "true").succeeded()
        self.reboot(engine)
        started = set(engine("system", "boot").succeeded().stdout.split())
        assert started == {"always", "always-stopped", "unless", "failure"}

    def test_shutdown_stops_all_in_good_order(self, engine):
        words = ["sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done"]
        identifiers = [engine.up_ready(*words, flags=["--restart", "unless-stopped"]) for _ in range(4)]
        assert len(engine("system", "shutdown").succeeded().stdout.split()) == 4
        for identifier in identifiers:
            status = engine.status(identifier)
            assert (status["state"], status["exitCode"], status["stoppedByHand"]) == ("exited", 0, False)
        assert len(engine("system", "boot").succeeded().stdout.split()) == 4


class TestRecycledNumbers:
    def test_another_process_is_left_alone(self, engine):
        """The status names a number that now is somebody else's: nobody believes it."""
        identifier = engine.up(flags=["--name", "web"])
        os.kill(monitor(engine), signal.SIGKILL)
        wait.until(lambda: not list(engine.processes()), "its end")
        other = subprocess.Popen(["sleep", "1000"])
        try:
            file = engine.data / "containers" / identifier / "status.json"
            file.write_text(json.dumps({**json.loads(file.read_text()), "pid": other.pid}))
            engine("stop", "-t", "0", "web").succeeded()
            engine("kill", "web").failed()
            engine("rm", "-f", "web").succeeded()
            assert other.poll() is None
        finally:
            other.kill()
            other.wait()


class TestFullDisk:
    @pytest.fixture
    def small(self, engine):
        """A data root with room for very little."""
        engine.data.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(engine.data)], check=True)
        yield engine
        engine.finish()
        subprocess.run(["umount", "-l", str(engine.data)], check=True)

    def fill(self, engine):
        filler = os.open(engine.data / "filler", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(filler, bytes(4096))
        except OSError:
            os.close(filler)

    def test_nothing_can_be_made(self, small):
        small("create", "--name", "first", small.box, "true").succeeded()
        self.fill(small)
        result = small("run", "-d", "--name", "web", small.box, "true")
        assert result.code == 125 and "no space left" in result.stderr and len(result.stderr.splitlines()) == 1
        os.unlink(small.data / "filler")
        assert small("run", "--name", "web", small.box, "true").code == 0
        small("rm", "web", "first").succeeded()
        check(small)

    def test_a_payload_goes_on_without_its_log(self, small):
        identifier = small.up("sh", "-c", "while :; do echo $(seq 100); sleep 0.01; done")
        self.fill(small)
        log = small.data / "containers" / identifier / "log" / "container.log"
        size = log.stat().st_size
        wait.until(lambda: wait.is_alive(small.pid(identifier)), "it lives")
        for _ in range(5):
            assert small("exec", identifier, "true").code == 0
        os.unlink(small.data / "filler")
        wait.until(lambda: log.stat().st_size > size and "could not be logged" in log.read_text(), "it is told that lines were lost")


def test_socket_with_a_long_path(engine):
    """Addresses of sockets end at 107 bytes, folders' names do not."""
    engine.environment["SWIFTAINER_RUN_ROOT"] = str(engine.folder / ("deep" * 30) / "run")
    identifier = engine.up()
    engine("stop", "-t", "0", identifier).succeeded()


def client_of(engine, identifier):
    """A connection to a container's monitor."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    folder = os.open(engine.state / "~monitors", os.O_PATH | os.O_DIRECTORY)
    try:
        client.connect(f"/proc/self/fd/{folder}/{identifier}.sock")
    finally:
        os.close(folder)
    return client


def test_who_needs_it_to_stand_still_holds_a_restart_back(engine):
    """`commit` says these words to the monitor of a container that waits for its restart."""
    identifier = engine.up("false", flags=["--restart", "always"])
    wait.until(lambda: engine.status(identifier)["restartCount"] >= 4, "a long wait")
    wait.until(lambda: engine.status(identifier)["state"] == "restarting", "the wait")
    with client_of(engine, identifier) as client:
        client.settimeout(30)

        def say(packet):
            client.send(packet)
            return client.recv(1 << 16)[:1]

        assert say(b"h") == b"D"
        starts = len(engine.events("start"))
        # From now on the restart is due. Whoever is refused the word after has been heard after that.
        client.send(b"r" + struct.pack("=ii", 0, -(1 << 31)))
        assert say(b"u") == b"R"
        assert len(engine.events("start")) == starts
        assert say(b"f") == b"D"
        wait.until(lambda: len(engine.events("start")) > starts, "the restart")
    engine("stop", identifier).succeeded()


def test_rubbish_on_the_socket(engine):
    """A client that says nonsense harms nobody."""
    identifier = engine.up()
    with client_of(engine, identifier) as client:
        for packet in (b"\0", b"k", b"A", b"g\1", bytes(60000), b"s" * 9, b"Z" * 20):
            client.send(packet)
    assert engine("exec", identifier, "true").code == 0
    engine("stop", "-t", "0", identifier).succeeded()
