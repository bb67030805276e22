"""`swiftainer exec`: another command in a container that runs, with its streams, identity and end."""

import array
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import stat
import subprocess
import termios
from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.everyday import Tmux, one_line


@pytest.fixture
def up(engine):
    """The ID of a container that runs."""
    return engine.up(flags=("--name", "target", "-e", "OWN=yes", "-w", "/tmp"))


class TestStreams:
    def test_output_and_error_are_the_callers(self, engine, up):
        result = engine("exec", "target", "sh", "-c", "echo out; echo err >&2")
        assert (result.code, result.stdout, result.stderr) == (0, "out\n", "err\n")

    def test_input(self, engine, up):
        assert engine("exec", "-i", up, "cat", stdin="typed\n").stdout == "typed\n"

    def test_no_input_without_i(self, engine, up):
        assert engine("exec", up, "cat", stdin="typed\n").stdout == ""

    def test_flags_end_at_the_command(self, engine, up):
        result = engine("exec", up, "echo", "-it", "-eA=1", "--help", "--explain=json")
        assert result.stdout == "-it -eA=1 --help --explain=json\n"

    def test_another_user_can_open_its_output(self, engine, up):
        result = engine("exec", "-u", "1000", up, "sh", "-c", "echo opened > /dev/stdout")
        assert result.stdout == "opened\n", str(result)

    def test_the_callers_file_stays_the_callers(self, engine, up, scratch):
        out = scratch / "out"
        with open(out, "w") as file:
            os.spawnvpe(
                os.P_WAIT, "sh", ["sh", "-c", f"exec {engine.program} exec -u 1000 {up} id -u >{out}"],
                engine.environment,
            )  # fmt: skip
            assert file
        assert out.read_text() == "1000\n"
        assert out.stat().st_uid == os.getuid()


# What a process has for its streams, seen from outside of it, put into a file at once.
KINDS = """seen=$(for stream in 0 1 2; do readlink /proc/$$/fd/$stream; done)
echo "$seen" > /tmp/kinds.new; mv /tmp/kinds.new /tmp/kinds"""


class Outside:
    """`exec` with streams that are not the pipes of the harness."""

    def __init__(self, engine, *words, **streams):
        command = [str(word) for word in (engine.program, "exec", *words)]
        streams = {"stderr": subprocess.PIPE, **streams}
        self.process = subprocess.Popen(command, env=engine.environment, **streams)

    def end(self):
        self.error = self.process.communicate(timeout=wait.PATIENCE)[1]
        return self.process.returncode


@pytest.fixture
def terminal():
    """A terminal of this test's: the person's side, and that for programs."""
    person, program = pty.openpty()
    modes = termios.tcgetattr(program)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(program, termios.TCSANOW, modes)
    yield person, program
    os.close(person)
    os.close(program)


@contextlib.contextmanager
def heeding(number):
    """What is started meanwhile does not ignore a signal, though who runs the tests may: under nohup they do."""
    if number == signal.SIGKILL:
        yield
        return
    before = signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(number, before)


class TestStreamsOfThePersons:
    """A terminal, a file or a device is never the container's: it could open it anew, and read or write there."""

    def test_terminal(self, engine, up, terminal):
        person, program = terminal
        running = Outside(engine, "-i", up, "sh", "-c", KINDS, stdin=program, stdout=program, stderr=program)
        assert running.end() == 0
        seen = engine("exec", up, "cat", "/tmp/kinds").stdout.splitlines()
        assert len(seen) == 3 and all(line.startswith("pipe:") for line in seen), seen

    def test_attack_on_the_terminal(self, engine, up, terminal):
        """What is typed when the command is over is nobody's but the person's."""
        person, program = terminal
        steal = "(read go < /tmp/go; exec 3</proc/self/fd/1; read -t 1 word <&3; echo \"got $word\" > /tmp/stolen)"
        words = f"mkfifo /tmp/go; {steal} & echo on"
        running = Outside(engine, up, "sh", "-c", words, stdin=program, stdout=program, stderr=program)
        assert running.end() == 0
        assert os.read(person, 100) == b"on\n"
        os.write(person, b"secret\n")
        assert engine("exec", up, "sh", "-c", "echo go > /tmp/go").code == 0
        stolen = wait.until(lambda: engine("exec", up, "cat", "/tmp/stolen").stdout, "the thief's end")
        assert stolen == "got \n"
        assert os.read(program, 100) == b"secret\n"

    def test_file(self, engine, up, scratch):
        file = scratch / "dump"
        file.write_text("secret\n")
        file.chmod(0o600)
        attack = f"{KINDS}; chmod 4755 /proc/self/fd/0; echo more 1<>/proc/self/fd/0; cat"
        with open(file) as opened, open(scratch / "out", "w") as out:
            running = Outside(engine, "-i", up, "sh", "-c", attack, stdin=opened, stdout=out)
            assert running.end() == 0, running.error
        assert engine("exec", up, "cat", "/tmp/kinds").stdout.splitlines()[0].startswith("pipe:")
        assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("secret\n", 0o600)
        assert (scratch / "out").read_text().splitlines()[-1] in ("secret", "more")

    def test_pipes_go_as_they_are(self, engine, up):
        """Nothing stands between: it costs no time."""
        read, write = os.pipe()
        running = Outside(engine, up, "sh", "-c", "seen=$(readlink /proc/$$/fd/1); echo $seen >&2", stdout=write)
        os.close(write)
        assert running.end() == 0
        assert running.error.decode().strip() == os.readlink(f"/proc/self/fd/{read}")
        os.close(read)

    def test_all_of_it_both_ways_and_the_end(self, engine, up, scratch):
        content = os.urandom(3_000_000)
        (scratch / "in").write_bytes(content)
        with open(scratch / "in") as given, open(scratch / "out", "w") as out:
            assert Outside(engine, "-i", up, "cat", stdin=given, stdout=out).end() == 0
        assert (scratch / "out").read_bytes() == content

    def test_code_and_order(self, engine, up, scratch):
        with open(scratch / "out", "w") as out:
            words = "echo one; echo two >&2; echo three; exit 42"
            assert Outside(engine, up, "sh", "-c", words, stdout=out, stderr=out).end() == 42
        assert (scratch / "out").read_text() == "one\ntwo\nthree\n"

    def test_input_that_nobody_reads(self, engine, up, scratch):
        (scratch / "in").write_bytes(bytes(1_000_000))
        with open(scratch / "in") as given:
            running = Outside(engine, "-i", up, "sh", "-c", "exec <&-; echo done", stdin=given, stdout=subprocess.PIPE)
            output, error = running.process.communicate(timeout=wait.PATIENCE)
        assert (running.process.returncode, output, error) == (0, b"done\n", b"")

    def test_full_disk_is_told(self, engine, up):
        with open("/dev/full", "w") as full:
            running = Outside(engine, up, "echo", "lost", stdout=full)
            assert running.end() == 125
        assert running.error == b"swiftainer: write standard output: no space left on device\n"

    def test_what_is_left_behind_goes_on(self, engine, up, scratch):
        """The command ends with its process; others that it has started write on, to nobody."""
        words = "mkfifo /tmp/go; (read line < /tmp/go; echo lost; echo lost again; echo alive > /tmp/alive) & echo on"
        with open(scratch / "out", "w") as out:
            assert Outside(engine, up, "sh", "-c", words, stdout=out, stderr=out).end() == 0
        assert engine("exec", up, "sh", "-c", "echo go > /tmp/go").code == 0
        wait.until(lambda: engine("exec", up, "cat", "/tmp/alive").stdout == "alive\n", "its last line")
        assert (scratch / "out").read_text() == "on\n"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
    def test_goes_on_without_the_command(self, engine, up, scratch, number):
        """As with Docker. What is written to a file still comes there."""
        words = "mkfifo /tmp/go; echo on; read line < /tmp/go; echo one; echo two; echo alive > /tmp/alive"
        with open(scratch / "out", "w") as out, heeding(number):
            running = Outside(engine, up, "sh", "-c", words, stdout=out, stderr=out)
        wait.until(lambda: (scratch / "out").read_text() == "on\n", "its first line")
        running.process.send_signal(number)
        assert running.end() == -number
        assert engine("exec", up, "sh", "-c", "echo go > /tmp/go").code == 0
        wait.until(lambda: engine("exec", up, "cat", "/tmp/alive").stdout == "alive\n", "its last line")
        [started] = [event for event in engine.events("exec_start") if "alive >" in event["action"]]
        identifier = started["attributes"]["execID"]
        ends = lambda: [event["attributes"]["execID"] for event in engine.events("exec_die")]  # noqa: E731
        wait.until(lambda: identifier in ends(), "the event of its end")
        assert (scratch / "out").read_text() == "on\none\ntwo\n"

    def test_goes_on_after_control_c(self, engine, up, terminal):
        """The key ends all of the command, and nothing more is seen of the process."""
        person, program = terminal
        words = "mkfifo /tmp/go; echo on; read line < /tmp/go; echo one; echo two; echo alive > /tmp/alive"
        streams = {"stdin": program, "stdout": program, "stderr": program}
        running = Outside(engine, "-i", up, "sh", "-c", words, **streams, start_new_session=True)
        assert os.read(person, 100) == b"on\n"
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.end() == -signal.SIGINT
        assert engine("exec", up, "sh", "-c", "echo go > /tmp/go").code == 0
        wait.until(lambda: engine("exec", up, "cat", "/tmp/alive").stdout == "alive\n", "its last line")
        os.set_blocking(person, False)
        with pytest.raises(BlockingIOError):
            os.read(person, 100)

    def test_goes_on_when_the_terminal_is_gone(self, engine, up):
        person, program = pty.openpty()
        # More than a pipe holds: the first of it is at the terminal before the last line is written.
        words = "mkfifo /tmp/go; echo on; read line < /tmp/go; head -c 300000 /dev/zero; echo; echo alive > /tmp/alive"
        running = Outside(engine, up, "sh", "-c", words, stdin=program, stdout=program, stderr=program)
        os.close(program)
        assert os.read(person, 100) == b"on\r\n"
        os.close(person)
        assert engine("exec", up, "sh", "-c", "echo go > /tmp/go").code == 0
        wait.until(lambda: engine("exec", up, "cat", "/tmp/alive").stdout == "alive\n", "its last line")
        assert running.end() == 0

    def test_another_user_can_open_what_it_writes_to(self, engine, up, scratch):
        with open(scratch / "out", "w") as out:
            words = "echo opened > /dev/stdout"
            assert Outside(engine, "-u", "1000", up, "sh", "-c", words, stdout=out, stderr=out).end() == 0
        assert (scratch / "out").read_text() == "opened\n"

    def test_detached_has_none(self, engine, up, terminal):
        person, program = terminal
        running = Outside(engine, "-d", up, "sh", "-c", KINDS, stdin=program, stdout=program, stderr=program)
        assert running.end() == 0
        seen = wait.until(lambda: engine("exec", up, "cat", "/tmp/kinds").stdout, "what it has")
        assert seen.splitlines() == ["/dev/null"] * 3


class TestSurroundings:
    def test_environment_is_the_containers_own(self, engine, up):
        lines = engine("exec", up, "env").stdout.splitlines()
        assert "OWN=yes" in lines
        assert f"HOSTNAME={up[:12]}" in lines
        assert "HOME=/root" in lines
        assert not any(line.startswith("TERM=") for line in lines)

    def test_variables(self, engine, up, scratch):
        file = scratch / "variables"
        file.write_text("# a comment\nFILED=1\nBOTH=file\n")
        words = ["--env-file", file, "-e", "BOTH=flag", "-eJOINED=2", "-e", "CALLERS", "-e", "OWN"]
        result = engine("exec", *words, up, "env", environment={"CALLERS": "mine"})
        lines = result.stdout.splitlines()
        for line in ("FILED=1", "BOTH=flag", "JOINED=2", "CALLERS=mine"):
            assert line in lines, str(result)
        assert lines.count("BOTH=flag") == 1 and "BOTH=file" not in lines
        assert not any(line.startswith("OWN=") for line in lines)

    def test_folder(self, engine, up):
        assert engine("exec", up, "pwd").stdout == "/tmp\n"
        assert engine("exec", "-w", "/etc", up, "pwd").stdout == "/etc\n"

    def test_user_by_number_and_name(self, engine, up):
        assert engine("exec", "-u", "1000:7", up, "sh", "-c", "id -u; id -g").stdout == "1000\n7\n"
        assert engine("exec", up, "sh", "-c", "echo 'one:x:77:78::/home/one:/bin/sh' >> /etc/passwd").code == 0
        assert engine("exec", "-u", "one", up, "sh", "-c", "id -u; id -g; echo $HOME").stdout == "77\n78\n/home/one\n"

    def test_a_number_is_never_looked_up_as_a_name(self, engine, up):
        """The payload can write its passwd, and would say who 1000 is."""
        lines = "1000:x:0:0::/:/bin/sh\\n7:x:0:0::/:/bin/sh\\n"
        assert engine("exec", up, "sh", "-c", f"printf '{lines}' >> /etc/passwd; echo 7:x:0: >> /etc/group").code == 0
        assert engine("exec", "-u", "1000:7", up, "sh", "-c", "id -u; id -g").stdout == "1000\n7\n"

    def test_groups_of_the_container(self, engine):
        name = engine.up(flags=("--group-add", "999", "--user", "5"))
        for flags in ([], ["-u", "1000"]):
            assert "999" in engine("exec", *flags, name, "id", "-G").stdout.split()

    def test_a_link_in_the_container_does_not_lead_out(self, engine, up):
        """The names are looked up in the container's root, whatever its passwd file is."""
        engine("exec", up, "sh", "-c", "rm /etc/passwd; ln -s /../../../../etc/passwd /etc/passwd")
        line = one_line(engine("exec", "-u", "daemon", up, "id"), 125)
        assert "unable to find user daemon" in line

    def test_capabilities(self, engine, up):
        def held(*flags):
            text = engine("exec", *flags, up, "cat", "/proc/self/status").stdout
            return {name: int(value, 16) for name, value in (
                line.split(":\t") for line in text.splitlines() if line.startswith("Cap"))}  # fmt: skip

        own = held()
        assert own["CapEff"] == own["CapBnd"] == 0xA80425FB
        other = held("-u", "1000")
        assert (other["CapEff"], other["CapPrm"], other["CapBnd"]) == (0, 0, 0xA80425FB)
        everything = held("--privileged")
        assert everything["CapEff"] == int(host_bounding(), 16)

    def test_it_is_in_the_containers_cgroup(self, engine, up):
        result = engine("exec", "-d", up, "sleep", "2000")
        assert result.code == 0, str(result)
        pid = wait.until(lambda: process_of(engine, up, "sleep 2000"), "the process")
        own = Path(f"/proc/{engine.pid(up)}/cgroup").read_text()
        assert Path(f"/proc/{pid}/cgroup").read_text() == own


def host_bounding():
    text = Path("/proc/self/status").read_text()
    return text.split("CapBnd:\t")[1].split()[0]


def process_of(engine, identifier, command):
    """A process of the container's that runs this command."""
    folder = Path(f"/proc/{engine.pid(identifier)}/ns/pid").readlink()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wait.command_line(int(entry.name)) == command:
            try:
                if (entry / "ns/pid").readlink() == folder:
                    return int(entry.name)
            except (FileNotFoundError, ProcessLookupError):
                pass
    return None


class TestEnds:
    @pytest.mark.parametrize("code", [0, 1, 42, 255])
    def test_own_code(self, engine, up, code):
        assert engine("exec", up, "sh", "-c", f"exit {code}").code == code

    def test_signal(self, engine, up):
        assert engine("exec", up, "sh", "-c", "kill -KILL $$").code == 137

    def test_no_such_command(self, engine, up):
        assert "executable file not found" in one_line(engine("exec", up, "no-such"), 127)

    def test_command_cannot_be_executed(self, engine, up):
        assert "permission denied" in one_line(engine("exec", up, "/etc/passwd"), 126)

    def test_below_the_noun(self, engine, up):
        assert engine("container", "exec", "-eA=1", up, "sh", "-c", "exit $((40 + A))").code == 41
        one_line(engine("container", "exec", up, "no-such"), 127)

    def test_no_such_container(self, engine):
        assert one_line(engine("exec", "nobody", "true"), 125) == "swiftainer: No such container: nobody"

    def test_not_running(self, engine):
        identifier = engine.up("true", flags=("--name", "ended"))
        assert engine("wait", "ended").code == 0
        assert one_line(engine("exec", "ended", "true"), 125) == f"swiftainer: container {identifier} is not running"

    def test_paused(self, engine, up):
        assert engine("pause", "target").code == 0
        line = one_line(engine("exec", "target", "true"), 125)
        assert line == "swiftainer: Container target is paused, unpause the container before exec"
        assert engine("unpause", "target").code == 0

    def test_missing_words(self, engine, up):
        assert "a container is missing" in engine("exec").stderr
        assert "a command is missing" in engine("exec", up).stderr
        assert engine("exec", up).code == 125

    def test_unknown_flag(self, engine, up):
        result = engine("exec", "--no-such", up, "true")
        assert result.code == 125 and "unknown flag --no-such" in result.stderr

    def test_signals_are_not_passed_on(self, engine, up):
        """As with Docker: the command ends, what it started does not."""
        running = engine.start("exec", up, "sh", "-c", "echo on; exec sleep 3000")
        assert running.line() == "on"
        pid = wait.until(lambda: process_of(engine, up, "sleep 3000"), "the process")
        running.signal(signal.SIGTERM)
        assert running.exit_code() == -signal.SIGTERM
        assert wait.is_alive(pid)
        # It is ours to reap now, without which the container would not end.
        wait.Orphan(pid)


class TestDetached:
    def test_outlives_the_command_and_ends_with_the_container(self, engine, up):
        result = engine("exec", "-d", up, "sleep", "2001")
        assert (result.code, result.stdout, result.stderr) == (0, "", "")
        pid = wait.until(lambda: process_of(engine, up, "sleep 2001"), "the process")
        assert engine("kill", up).code == 0
        wait.for_death(pid)
        wait.until(lambda: engine.events("exec_die"), "the event of its end")
        assert engine.events("exec_die")[0]["attributes"]["exitCode"] == "137"

    def test_why_it_did_not_start(self, engine, up):
        assert "executable file not found" in one_line(engine("exec", "-d", up, "no-such"), 127)

    def test_terminal_that_nobody_sees(self, engine, up):
        """What it writes is taken off its terminal: it never waits for a reader."""
        result = engine("exec", "-dt", up, "sh", "-c", "seq 100000; tty > /tmp/seen")
        assert result.code == 0, str(result)
        seen = wait.until(lambda: engine("exec", up, "cat", "/tmp/seen").stdout, "its last line")
        assert seen == "/dev/pts/0\n"


class TestEvents:
    def test_create_start_die(self, engine, up):
        assert engine("exec", up, "sh", "-c", "exit 3").code == 3
        command = "sh -c exit 3"
        events = engine.events("exec_")
        assert [event["action"] for event in events] == [f"exec_create: {command}", f"exec_start: {command}", "exec_die"]
        assert len({event["attributes"]["execID"] for event in events}) == 1
        assert len(events[0]["attributes"]["execID"]) == 64
        assert events[2]["attributes"]["exitCode"] == "3"
        assert {event["actor"] for event in events} == {up}
        assert events[0]["attributes"]["name"] == "target"

    def test_end_of_a_detached_one(self, engine, up):
        assert engine("exec", "-d", up, "sh", "-c", "exit 4").code == 0
        wait.until(lambda: engine.events("exec_die"), "the event of its end")
        assert engine.events("exec_die")[0]["attributes"]["exitCode"] == "4"


def test_keys_under_a_flood(engine, up):
    """Detach keys reach a process that writes faster than its terminal's reader takes it."""
    page = 4096
    person, terminal = os.openpty()
    try:
        flood = engine.start("exec", "-it", up, "cat", "/dev/zero", stdin=terminal)
        output = flood.process.stdout.fileno()
        fcntl.fcntl(output, fcntl.F_SETPIPE_SZ, page)

        held = array.array("i", [0])

        def is_stuck():
            before = held[0]
            fcntl.ioctl(output, termios.FIONREAD, held, True)
            return held[0] > 0 and held[0] == before

        wait.until(is_stuck, "the flood")
        os.write(person, b"\x10\x11")
        for _ in range(200):
            wait.until(lambda: is_stuck() or flood.process.poll() is not None, "more of it")
            if flood.process.poll() is not None:
                break
            os.read(output, page)
        assert flood.process.poll() == 0
    finally:
        os.close(person)
        os.close(terminal)


@pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")
class TestTerminal:
    SHELL = "inner# "

    @pytest.fixture
    def outer(self, scratch):
        made = Tmux(scratch)
        yield made
        made.close()

    @pytest.fixture
    def inner(self, outer, engine, up):
        outer.type(engine.shell("exec", "-it", "-e", f"'PS1={self.SHELL}'", up, "sh") + "; echo code=$?")
        outer.see("\n" + self.SHELL.rstrip())
        return outer

    def test_keys_size_and_end(self, inner):
        inner.type("echo sum=$((40+2)); stty size; echo term=$TERM; exit 5")
        inner.see("sum=42")
        inner.see("30 100")
        inner.see("term=xterm")
        inner.see("code=5")

    def test_control_c_is_the_terminals(self, inner):
        inner.type("sh -c 'echo on; exec sleep 1000'")
        inner.see("\non")
        inner.press("C-c")
        inner.type("echo code=$?")
        inner.see("code=130")

    def test_window_size(self, inner):
        inner.type("echo before=$(stty size).")
        inner.see("before=30 100.")
        inner.resize(77, 22)
        inner.until(lambda: inner.size() == "22 77", "the new size in the container")

    def test_detach_keys_leave_it_running(self, inner, engine, up):
        inner.type("tty; sh -c 'echo on; exec sleep 3001'")
        inner.see("\non")
        inner.press("C-p")
        inner.press("C-q")
        inner.see("code=0")
        pid = wait.until(lambda: process_of(engine, up, "sleep 3001"), "the process")
        # Its terminal has not hung up.
        assert stat.S_ISCHR(os.stat(f"/proc/{pid}/fd/0").st_mode)
        assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/pts/0"
        inner.type("echo still-$((1+1))")
        inner.see("still-2")
        os.kill(pid, signal.SIGKILL)
        wait.for_death(pid)
        assert wait.is_alive(engine.pid(up))

    def test_own_detach_keys(self, outer, engine, up):
        outer.type(engine.shell("exec", "-it", "--detach-keys", "ctrl-x,z", up, "sh", "-c", "'echo on; exec cat'") + "; echo code=$?")
        outer.see("\non")
        outer.press("C-x")
        outer.press("y")
        outer.press("Enter")
        outer.see("^Xy\n")
        outer.press("C-x")
        outer.press("z")
        outer.see("code=0")

    def test_modes_are_given_back(self, outer, engine, up, scratch):
        outer.type(f"stty -a > {scratch}/before; echo wrote-$((1+0))")
        outer.see("wrote-1")
        outer.type(engine.shell("exec", "-it", up, "sh", "-c", "'stty raw -echo; exit 6'") + "; echo code=$?")
        outer.see("code=6")
        outer.type(f"stty -a > {scratch}/after; echo wrote-$((1+1))")
        outer.see("wrote-2")
        assert (scratch / "after").read_text() == (scratch / "before").read_text()

    def test_the_persons_terminal_goes_away(self, inner, engine, up):
        """The process's terminal hangs up with it; the container goes on."""
        inner.type("echo on-$((1+1)); sleep 3002")
        inner.see("on-2")
        pid = wait.until(lambda: process_of(engine, up, "sleep 3002"), "the process")
        inner.close()
        wait.for_death(pid)
        wait.until(lambda: engine.events("exec_die"), "the event of its end")
        assert wait.is_alive(engine.pid(up))

    def test_control_c_of_t_without_i(self, outer, engine, up):
        """Keys are the person's own terminal's: the command ends, and the process's terminal hangs up."""
        outer.type(engine.shell("exec", "-t", up, "sh", "-c", "'echo on; exec sleep 3003'"))
        outer.see("\non")
        pid = wait.until(lambda: process_of(engine, up, "sleep 3003"), "the process")
        outer.press("C-c")
        outer.see("^C")
        outer.type("echo code=$?")
        outer.see("code=130")
        wait.for_death(pid)

    def test_input_is_no_terminal(self, outer, engine, up):
        outer.type("echo hi | " + engine.shell("exec", "-it", up, "cat") + "; echo code=$?")
        outer.see("the input device is not a TTY")
        outer.see("code=125")
