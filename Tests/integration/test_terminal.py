"""process.terminal: console socket, window size, controlling terminal, and `run` on a person's terminal."""

import fcntl
import json
import os
import pty
import signal
import stat
import struct
import subprocess
import termios
import time
from contextlib import closing

import pytest

from harness import wait
from harness.terminal import ConsoleSocket, Terminal

TIOCGPTN = 0x80045430  # only a master knows the slave's number


@pytest.fixture
def console(scratch):
    made = ConsoleSocket(scratch / "console")
    yield made
    made.close()


def on_terminal(container, console, *flags):
    """Created with a terminal; returns its master."""
    container.process["terminal"] = True
    container.create("--console-socket", console.path, *flags)
    return console.terminal()


class TestConsoleSocket:
    def test_descriptor_is_a_masters(self, containers, console):
        container = containers("pause")
        with closing(on_terminal(container, console)) as terminal:
            assert stat.S_ISCHR(os.fstat(terminal.descriptor).st_mode)
            fcntl.ioctl(terminal.descriptor, TIOCGPTN, bytearray(4))

    def test_message_names_the_terminal(self, containers, console):
        container = containers("pause")
        with closing(on_terminal(container, console)):
            assert console.message

    def test_payload_is_on_it(self, containers, console):
        container = containers("tty")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            tty = terminal.record("tty")
        assert tty["isatty"] == [True, True, True]
        assert tty["consoleIsStdin"] is True
        assert tty["controlling"] == 0
        assert tty["ttySession"] == tty["session"] == 1
        assert tty["foreground"] == tty["pgid"] == 1

    def test_name_is_the_containers(self, containers, console):
        container = containers("tty", "--", "ls", "/dev/pts")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            tty = terminal.record("tty")
            names = terminal.record("ls")["names"]
        assert tty["name"] in ("/dev/pts/0", "/dev/console")
        assert sorted(names) == ["0", "ptmx"]

    def test_it_is_of_the_containers_own_devpts(self, containers, console):
        """Else the payload would hold a terminal of the host's."""
        container = containers("tty", "--", "stat", "/dev/pts/0", "--", "stat", "/dev/console")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            tty = terminal.record("tty")
            first, second = terminal.record("stat"), terminal.record("stat")
        assert (first["major"], first["minor"]) == (tty["rdevMajor"], tty["rdevMinor"])
        assert (second["major"], second["minor"]) == (tty["rdevMajor"], tty["rdevMinor"])
        assert first["magic"] == second["magic"] == 0x1CD1  # devpts

    def test_output_and_input(self, containers, console):
        container = containers("echo-off", "--", "print", "hello", "--", "line")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            terminal.record("echo-off")
            assert terminal.line() == "hello"
            terminal.send("answer\n")
            assert terminal.record("line")["text"] == "answer"

    def test_standard_error_goes_there_too(self, containers, console):
        container = containers("print", "to-err", "stderr")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            assert "to-err" in terminal.rest()

    def test_newlines_are_as_the_terminal_says(self, containers, console):
        container = containers("tty", "--", "print", "one")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            onlcr = terminal.record("tty")["onlcr"]
            assert terminal.rest() == ("one\r\n" if onlcr else "one\n")

    def test_window_size_from_the_config(self, containers, console):
        container = containers("tty")
        container.process["consoleSize"] = {"height": 41, "width": 123}
        with closing(on_terminal(container, console)) as terminal:
            assert terminal.size == (41, 123)
            container.start()
            tty = terminal.record("tty")
        assert (tty["rows"], tty["columns"]) == (41, 123)

    def test_resize(self, containers, console):
        container = containers("resize")
        with closing(on_terminal(container, console)) as terminal:
            terminal.resize(10, 20)
            container.start()
            assert terminal.record("resize-ready")["rows"] == 10
            terminal.resize(30, 40)
            resized = terminal.record("resized")
        assert (resized["rows"], resized["columns"]) == (30, 40)

    def test_control_c(self, containers, console):
        container = containers("handle-signals", "INT")
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            terminal.record("handle-signals")
            terminal.send("\x03")
            assert terminal.record("signal")["name"] == "INT"

    def test_hang_up(self, containers, console):
        """The payload learns that its terminal is gone."""
        container = containers("handle-signals", "HUP", "--", "exit", 4)
        terminal = on_terminal(container, console)
        container.start()
        terminal.record("handle-signals")
        terminal.close()
        assert container.wait_exit() == 4

    def test_owner_is_the_payloads_user(self, containers, console):
        container = containers("tty", "--", "open", "/dev/tty", "rw", "--", "open", "/proc/self/fd/0", "rw")
        container.process["user"] = {"uid": 1000, "gid": 1000}
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            tty = terminal.record("tty")
            assert tty["uid"] == 1000
            assert terminal.record("open")["errno"] == 0
            assert terminal.record("open")["errno"] == 0

    def test_in_a_user_namespace(self, containers, console):
        container = containers("tty").map_users()
        with closing(on_terminal(container, console)) as terminal:
            container.start()
            tty = terminal.record("tty")
        assert tty["isatty"] == [True] * 3
        assert tty["controlling"] == 0

    def test_a_long_path(self, containers, scratch):
        folder = scratch / ("d" * 60) / ("e" * 60)
        folder.mkdir(parents=True)
        console = ConsoleSocket(folder / "console.sock")
        container = containers("tty")
        container.process["terminal"] = True
        container.write_config()
        result = container.try_create("--console-socket", console.path)
        try:
            if container.runtime.kind == "runc" and result.code != 0:
                pytest.skip(f"runc {container.runtime.version} knows no paths over 108 bytes")
            assert result.code == 0, str(result)
            with closing(console.terminal()) as terminal:
                container.start()
                assert terminal.record("tty")["isatty"] == [True] * 3
        finally:
            console.close()


class TestRefused:
    def test_create_without_a_socket(self, containers):
        container = containers("exit", 0)
        container.process["terminal"] = True
        assert container.try_create().code != 0

    def test_socket_without_a_terminal(self, containers, console):
        assert containers("exit", 0).try_create("--console-socket", console.path).code != 0

    def test_nobody_listens(self, containers, scratch):
        container = containers("exit", 0)
        container.process["terminal"] = True
        assert container.try_create("--console-socket", scratch / "nobody").code != 0

    def test_run_detached_without_a_socket(self, containers):
        container = containers("exit", 0)
        container.process["terminal"] = True
        container.run("--detach").failed()


class TestExec:
    def test_console_socket(self, containers, console):
        container = containers.up()
        file = container.bundle / "exec-pid"
        result = container.launch(
            "exec",
            "--tty",
            "--detach",
            "--console-socket",
            console.path,
            "--pid-file",
            file,
            container.id,
            "/bin/probe",
            "tty",
        )
        result.output.close()
        assert result.code == 0, str(result)
        orphan = wait.Orphan(int(file.read_text()))
        with closing(console.terminal()) as terminal:
            tty = terminal.record("tty")
        assert tty["isatty"] == [True] * 3
        assert tty["controlling"] == 0
        assert tty["session"] == tty["ttySession"]
        assert tty["name"].startswith("/dev/pts/")
        assert orphan.exit_code() == 0

    def test_size_in_the_process_file(self, containers, console):
        container = containers.up()
        (container.bundle / "process.json").write_text(
            '{"args": ["/bin/probe", "tty"], "cwd": "/", "terminal": true, "user": {"uid": 0, "gid": 0},'
            ' "consoleSize": {"height": 11, "width": 22}}'
        )
        file = container.bundle / "exec-pid"
        result = container.launch(
            "exec",
            "--process",
            container.bundle / "process.json",
            "--detach",
            "--pid-file",
            file,
            "--console-socket",
            console.path,
            container.id,
        )
        result.output.close()
        assert result.code == 0, str(result)
        orphan = wait.Orphan(int(file.read_text()))
        with closing(console.terminal()) as terminal:
            tty = terminal.record("tty")
        assert (tty["rows"], tty["columns"]) == (11, 22)
        orphan.exit_code()


class Person:
    """A command on a pty of its own, as if typed by a person."""

    def __init__(self, command, rows=33, columns=77):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.terminal = Terminal(master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        self.terminal.close()

    def wait(self):
        return self.process.wait(wait.PATIENCE)


class TestPerson:
    """`run` and `exec -t` in the foreground of a real terminal."""

    def run(self, container):
        container.process["terminal"] = True
        container.write_config()
        return Person(
            container.runtime.command("run", "--bundle", container.bundle, container.id, root=container.root)
        )

    def test_output_and_exit_code(self, containers):
        with self.run(containers("print", "hello", "--", "exit", 5)) as person:
            assert person.terminal.line() == "hello"
            assert person.wait() == 5

    def test_size_and_its_changes_are_passed_on(self, containers):
        resize = ["resize", "--"] * 5
        with self.run(containers(*resize, "pause")) as person:
            await_size(person.terminal, 33, 77)
            person.terminal.resize(50, 60)
            await_size(person.terminal, 50, 60)

    def test_typing(self, containers):
        with self.run(containers("echo-off", "--", "line")) as person:
            person.terminal.record("echo-off")
            person.terminal.send("typed\n")
            assert person.terminal.record("line")["text"] == "typed"
            assert person.wait() == 0

    def test_control_c_goes_to_the_payload(self, containers):
        with self.run(containers("handle-signals", "INT", "--", "exit", 3)) as person:
            person.terminal.record("handle-signals")
            person.terminal.send("\x03")
            names = iter(lambda: person.terminal.record("signal")["name"], "INT")
            assert set(names) <= {"WINCH", "URG"}  # a late first size; Go's own scheduling
            assert person.wait() == 3

    def test_settings_are_restored(self, containers):
        with self.run(containers("print", "x")) as person:
            assert person.terminal.line() == "x"
            assert person.wait() == 0
            assert termios.tcgetattr(person.slave) == person.before

    def test_settings_are_restored_after_a_failure(self, containers):
        container = containers()
        container.process["args"] = ["/bin/nothing"]
        with self.run(container) as person:
            assert person.wait() != 0
            assert termios.tcgetattr(person.slave) == person.before

    def test_all_output_arrives_before_the_end(self, containers):
        """A pty's hang-up is not the end of its data."""
        commands = []
        for number in range(200):
            commands += ["print", f"line {number} {'x' * 100}", "--"]
        with self.run(containers(*commands, "print", "last")) as person:
            await_text(person.terminal, "last")
            assert "line 199 " in person.terminal.seen
            assert person.wait() == 0

    def test_exec(self, containers):
        container = containers.up()
        command = container.runtime.command(
            "exec", "-t", container.id, "/bin/probe", "tty", "--", *["resize", "--"] * 5, root=container.root
        )
        with Person(command) as person:
            tty = person.terminal.record("tty")
            assert tty["isatty"] == [True] * 3
            assert tty["controlling"] == 0
            await_size(person.terminal, 33, 77)
            person.terminal.resize(50, 60)
            await_size(person.terminal, 50, 60)

    def test_exit_code_of_exec(self, containers):
        container = containers.up()
        command = container.runtime.command(
            "exec", "-t", container.id, "/bin/probe", "exit", 6, root=container.root
        )
        with Person(command) as person:
            assert person.wait() == 6

    def test_job_control(self, containers, rootfs):
        """A shell in the container has one job stopped and one ended from the keyboard."""
        container = containers(rootfs=rootfs.parent / "busybox")
        script = "set -m; probe pause; echo first $?; probe pause; echo second $?; exit 8"
        container.process["args"] = ["/bin/sh", "-c", script]
        with self.run(container) as person:
            terminal = person.terminal
            await_text(terminal, '"ready":true')
            terminal.send("\x1a")
            await_text(terminal, f"first {128 + signal.SIGTSTP}")
            await_text(terminal, '"ready":true')
            terminal.send("\x1c")
            await_text(terminal, f"second {128 + signal.SIGQUIT}")
            assert person.wait() == 8


def await_size(terminal, rows, columns):
    """Reads what `resize` prints until it tells that size: the first one may arrive late."""
    while True:
        _, mark, text = terminal.line().partition('{"probe":"resize')
        if mark:
            found = json.loads(mark + text)
            if (found["rows"], found["columns"]) == (rows, columns):
                return


def await_text(terminal, text):
    """Reads on until the text was seen, and lets it pass."""
    deadline = time.monotonic() + wait.PATIENCE
    while text not in terminal.seen[terminal.taken :]:
        if not terminal.fill(deadline):
            raise AssertionError(f"{text!r} never came; the terminal showed {terminal.seen!r}")
    terminal.taken = terminal.seen.index(text, terminal.taken) + len(text)
