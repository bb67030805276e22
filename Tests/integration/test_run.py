"""`swiftainer run`: exit codes, names, what stays and what goes."""

import os
import signal
import subprocess

import pytest

from harness import wait
from harness.engine import call
from harness.everyday import LASTING, container_id, leftovers, one_line, payload, tree
from run_fixtures import box, everyday  # noqa: F401


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
        os.kill(payload(running.name), signal.SIGKILL)
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
            f'Conflict. The container name "/{name}" is already in use by container "{container_id(name)}". '
            "You have to remove (or rename) that container to be able to reuse that name."
        )
        assert everyday.swiftainer("rm", name).succeeded().stdout == name + "\n"
        assert everyday.probe("exit", 3, name=name).code == 3

    def test_conflict_leaves_the_other_alone(self, everyday):
        running = everyday.start("pause")
        running.record("pause")
        one_line(everyday.probe("exit", 0, name=running.name), 125)
        assert leftovers(running.name), "the running container lost what it has"
        everyday.remove(running.name).succeeded()
        assert running.exit_code() == 137

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
            for _ in range(8)
        ]
        errors = [command.communicate(timeout=wait.PATIENCE)[1] for command in commands]
        for command, error in zip(commands, errors):
            assert (command.returncode, error[:21]) in ((0, ""), (125, "swiftainer: Conflict.")), error
        assert 0 in [command.returncode for command in commands]

    def test_is_made_up(self, everyday):
        """Twelve digits, which are the host's name in the container as well."""
        command = [everyday.program, "run", "--rm", str(everyday.box), "hostname"]
        hosts = {call(command).stdout.strip() for _ in range(3)}
        assert len(hosts) == 3
        for name in hosts:
            assert len(name) == 12 and int(name, 16) >= 0
            assert leftovers(name) == []


class TestStay:
    def test_container_stays_without_rm(self, everyday):
        name = everyday.name()
        everyday.run(everyday.box, "touch", "/made", name=name, rm=False).succeeded()
        assert (LASTING / container_id(name) / "upper" / "made").exists()
        again = everyday.swiftainer("start", "-a", name)
        assert again.code == 0
        everyday.swiftainer("rm", name).succeeded()
        assert leftovers(name) == []

    def test_rm(self, everyday):
        name = everyday.name()
        everyday.run(everyday.box, "touch", "/made", name=name).succeeded()
        assert leftovers(name) == []

    @pytest.mark.parametrize("command", ["no-such-command", "/etc/passwd"])
    def test_what_never_ran_is_created(self, everyday, command):
        """As with Docker: unless it is to remove itself, it can be looked at."""
        name = everyday.name()
        everyday.run(everyday.box, command, name=name).failed()
        assert leftovers(name) == []
        everyday.run(everyday.box, command, name=name, rm=False).failed()
        assert container_id(name)
        everyday.swiftainer("rm", name).succeeded()
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
