"""`swiftainer run`: exit codes, names, what stays and what goes, streams and signals."""

import json
import os
import signal
import subprocess
import time

import pytest

from harness import host, wait
from harness.everyday import LASTING, STATES, leftovers, tree
from run_fixtures import box, everyday  # noqa: F401


def one_line(result, code):
    """Standard error is one line of ours."""
    assert result.code == code, str(result)
    [line] = result.stderr.splitlines()
    assert line.startswith("swiftainer: "), str(result)
    return line


class TestExitCode:
    @pytest.mark.parametrize("code", [0, 1, 42, 125, 126, 127, 255])
    def test_is_the_payloads(self, everyday, code):
        assert everyday.probe("exit", code).code == code

    @pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV", "INT"])
    def test_of_a_signal(self, everyday, name):
        """Without a handler the first process of a pid namespace is only ended from outside."""
        result = everyday.run("--init", everyday.box, "probe", "signal-self", name)
        assert result.code == 128 + signal.Signals["SIG" + name]

    def test_signal_from_outside(self, everyday):
        running = everyday.start("pause")
        running.record("pause")
        state = json.loads((STATES / running.name / "state.json").read_text())
        payload = state.get("pid") or state["process"]["pid"]
        os.kill(payload, signal.SIGKILL)
        assert running.exit_code() == 137

    def test_command_not_found(self, everyday):
        assert '"no-such-command"' in one_line(everyday.run(everyday.box, "no-such-command"), 127)

    def test_path_not_found(self, everyday):
        assert "/bin/none" in one_line(everyday.run(everyday.box, "/bin/none"), 127)

    def test_folder(self, everyday):
        assert "directory" in one_line(everyday.run(everyday.box, "/etc"), 126)

    def test_not_executable(self, everyday):
        assert "permission denied" in one_line(everyday.run(everyday.box, "/etc/passwd"), 126)

    def test_not_found_in_a_path_of_ones_own(self, everyday):
        assert "$PATH" in one_line(everyday.run("-e", "PATH=/none", everyday.box, "sh"), 127)

    def test_own_error(self, everyday):
        assert "/no/such/rootfs" in one_line(everyday.run("/no/such/rootfs"), 125)

    def test_shell_is_the_default_command(self, everyday):
        result = everyday.run("-i", everyday.box, stdin="exit 9\n")
        assert result.code == 9


class TestName:
    def test_conflict(self, everyday):
        name = everyday.name()
        assert everyday.probe("exit", 0, name=name, rm=False).code == 0
        line = one_line(everyday.probe("exit", 0, name=name), 125)
        assert line.removeprefix("swiftainer: ") == (
            f'Conflict. The container name "/{name}" is already in use by container "{name}". '
            "You have to remove (or rename) that container to be able to reuse that name."
        )
        assert everyday.delete(name).code == 0
        assert everyday.probe("exit", 3, name=name).code == 3

    def test_conflict_leaves_the_other_alone(self, everyday):
        running = everyday.start("pause")
        running.record("pause")
        one_line(everyday.probe("exit", 0, name=running.name), 125)
        assert leftovers(running.name), "the running container lost what it has"
        running.signal(signal.SIGKILL)
        running.exit_code()
        assert everyday.delete(running.name, "--force").code == 0

    def test_two_at_once(self, everyday):
        """One wins, the other says so."""
        name = everyday.name()
        commands = [
            subprocess.Popen(
                everyday.command(everyday.box, "probe", "line", name=name),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        errors = [command.communicate(timeout=wait.PATIENCE)[1] for command in commands]
        for command, error in zip(commands, errors):
            assert (command.returncode, error[:21]) in ((0, ""), (125, "swiftainer: Conflict.")), error
        assert 0 in [command.returncode for command in commands]

    def test_is_made_up(self, everyday):
        """Twelve digits, which are the host's name in the container as well."""
        command = [everyday.program, "run", "--rm", str(everyday.box), "hostname"]
        names = {everyday.call(command).stdout.strip() for _ in range(3)}
        assert len(names) == 3
        for name in names:
            assert len(name) == 12 and int(name, 16) >= 0
            assert leftovers(name) == []


class TestStay:
    def test_container_stays_without_rm(self, everyday):
        name = everyday.name()
        everyday.run(everyday.box, "touch", "/made", name=name, rm=False).succeeded()
        state = json.loads(everyday.runtime.call("state", name).succeeded().stdout)
        assert state["status"] == "stopped"
        assert (LASTING / name / "upper" / "made").exists()
        everyday.delete(name).succeeded()
        assert leftovers(name) == []

    def test_rm(self, everyday):
        name = everyday.name()
        everyday.run(everyday.box, "touch", "/made", name=name).succeeded()
        assert leftovers(name) == []

    @pytest.mark.parametrize("command", ["no-such-command", "/etc/passwd"])
    def test_nothing_stays_of_what_never_ran(self, everyday, command):
        name = everyday.name()
        everyday.run(everyday.box, command, name=name, rm=False).failed()
        assert leftovers(name) == []

    def test_rootfs_is_not_modified(self, everyday):
        before = tree(everyday.box)
        script = "rm /bin/sh; echo x >> /etc/passwd; mkdir /new; chmod 700 /; chown 5 /home; touch /etc; mv /home /home2; ls /"
        result = everyday.run(everyday.box, "busybox", "sh", "-c", script)
        assert "new" in result.stdout and "home2" in result.stdout
        assert tree(everyday.box) == before

    def test_root_folders_mode_is_the_images(self, everyday):
        info = os.stat(everyday.box)
        stat = everyday.probe("stat", "/").record("stat")
        assert (stat["mode"], stat["uid"], stat["gid"]) == (info.st_mode & 0o7777, info.st_uid, info.st_gid)

    def test_every_end_takes_whole_trees(self, everyday):
        """What the payload wrote goes with it, however it is named."""
        script = "mkdir -p '/a b/c'; ln -s /etc/passwd '/a b/l'; mkfifo /p; chmod 000 '/a b'; i=0; while [ $i -lt 200 ]; do mkdir d; cd d; i=$((i+1)); done"
        name = everyday.name()
        everyday.run(everyday.box, "sh", "-c", script, name=name).succeeded()
        assert leftovers(name) == []


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

    def test_kill_ends_the_payload(self, everyday):
        running = everyday.start("pause", rm=False)
        payload = running.record("pause")
        assert payload["pid"] == 1
        pids = host.descendants_of_cgroup(host.cgroup_folders(f"/swiftainer/{running.name}")[0])
        assert pids
        running.signal(signal.SIGKILL)
        assert running.exit_code() == -9
        for pid in pids:
            wait.until(lambda: not wait.is_alive(pid), f"the end of process {pid}")
        state = json.loads(everyday.runtime.call("state", running.name).succeeded().stdout)
        assert state["status"] == "stopped"
        everyday.delete(running.name, "--force").succeeded()
        assert leftovers(running.name) == []

    def test_kill_with_init_ends_all(self, everyday):
        running = everyday.start("fork", 3, "--", "pause", flags=["--init"], rm=False)
        running.record("pause")
        pids = host.descendants_of_cgroup(host.cgroup_folders(f"/swiftainer/{running.name}")[0])
        assert len(pids) == 5
        running.signal(signal.SIGKILL)
        running.exit_code()
        for pid in pids:
            wait.until(lambda: not wait.is_alive(pid), f"the end of process {pid}")
        everyday.delete(running.name, "--force").succeeded()
        assert leftovers(running.name) == []

    @pytest.mark.parametrize("step", range(0, 30, 3))
    def test_killed_at_any_time(self, everyday, step):
        """Whatever is there afterwards, a forced delete takes it away."""
        running = everyday.start("pause", rm=False)
        time.sleep(step / 1000)  # not awaiting anything: any instant is the one to test
        running.signal(signal.SIGKILL)
        running.exit_code()
        if (STATES / running.name).exists():
            everyday.delete(running.name, "--force").succeeded()
        # The folder that a run makes before its state is found by the next run of that name.
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
