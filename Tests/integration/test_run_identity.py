"""`swiftainer run`: the environment, the user, names and the working folder."""

import os

import pytest

from run_fixtures import box, everyday  # noqa: F401


class TestEnvironment:
    def read(self, everyday, *flags, **options):
        result = everyday.run(*flags, everyday.box, "env", **options).succeeded()
        return dict(line.split("=", 1) for line in result.stdout.splitlines())

    def test_defaults(self, everyday):
        found = self.read(everyday, "-h", "named")
        assert found == {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOSTNAME": "named",
            "HOME": "/root",
        }

    def test_value(self, everyday):
        found = self.read(everyday, "-e", "A=1", "-eB=2", "--env", "C=x=y", "--env=D=", "-e", "E=a b;c")
        assert [found[name] for name in "ABCDE"] == ["1", "2", "x=y", "", "a b;c"]

    def test_callers_value(self, everyday):
        environment = {**os.environ, "GIVEN": "yes"}
        environment.pop("MISSING", None)
        found = self.read(everyday, "-e", "GIVEN", "-e", "MISSING", env=environment)
        assert found["GIVEN"] == "yes" and "MISSING" not in found

    def test_callers_are_not_inherited(self, everyday):
        assert "SECRET" not in self.read(everyday, env={**os.environ, "SECRET": "x"})

    def test_last_one_counts(self, everyday):
        result = everyday.run("-e", "A=1", "-e", "A=2", "-e", "HOME=/h", "-e", "PATH=/bin", everyday.box, "env")
        names = [line.split("=")[0] for line in result.stdout.splitlines()]
        assert sorted(names) == ["A", "HOME", "HOSTNAME", "PATH"]
        assert "A=2\n" in result.stdout and "HOME=/h\n" in result.stdout

    def test_term_with_a_terminal(self, everyday):
        assert self.read(everyday, "-t")["TERM"] == "xterm"


class TestIdentity:
    def status(self, everyday, *flags):
        return everyday.probe("status", flags=flags).record("status")

    def test_root_by_default(self, everyday):
        status = self.status(everyday)
        assert (status["uid"], status["gid"], status["groups"]) == (0, 0, [0])

    def test_name_with_its_groups(self, everyday):
        status = self.status(everyday, "-u", "user")
        assert (status["uid"], status["euid"], status["gid"]) == (1000, 1000, 1000)
        assert sorted(status["groups"]) == [50, 1000]

    def test_name_and_group(self, everyday):
        status = self.status(everyday, "-u", "user:tty")
        assert (status["uid"], status["gid"], status["groups"]) == (1000, 5, [5])

    def test_number_known(self, everyday):
        status = self.status(everyday, "-u", "1000")
        assert (status["uid"], status["gid"], sorted(status["groups"])) == (1000, 1000, [50, 1000])

    def test_number_unknown(self, everyday):
        status = self.status(everyday, "--user=4242")
        assert (status["uid"], status["gid"], status["groups"]) == (4242, 0, [0])

    def test_numbers(self, everyday):
        status = self.status(everyday, "-u4242:4343")
        assert (status["uid"], status["gid"], status["groups"]) == (4242, 4343, [4343])

    @pytest.mark.parametrize("user, home", [("user", "/home/user"), ("0", "/root"), ("nobody", "/"), ("4242", "/")])
    def test_home(self, everyday, user, home):
        result = everyday.run("-u", user, everyday.box, "sh", "-c", "echo $HOME")
        expected = {"nobody": "/nonexistent"}.get(user, home)
        assert result.stdout.strip() in (home, expected)

    def test_hostname(self, everyday):
        assert everyday.run("-h", "named.example", everyday.box, "hostname").stdout == "named.example\n"

    def test_host_keeps_its_hostname(self, everyday):
        before = os.uname().nodename
        everyday.run("-h", "other", everyday.box, "hostname").succeeded()
        assert os.uname().nodename == before

    def test_hostname_on_the_hosts_network(self, everyday):
        assert everyday.run("--network", "host", everyday.box, "hostname").stdout.strip() == os.uname().nodename

    def test_workdir(self, everyday):
        assert everyday.run("-w", "/etc", everyday.box, "pwd").stdout == "/etc\n"

    def test_workdir_is_made(self, everyday):
        result = everyday.run("-w", "/new/below", "-u", "user", everyday.box, "sh", "-c", "pwd; stat -c '%U %a' .")
        assert result.stdout.splitlines()[0] == "/new/below"

    def test_workdir_by_default(self, everyday):
        assert everyday.run(everyday.box, "pwd").stdout == "/\n"
