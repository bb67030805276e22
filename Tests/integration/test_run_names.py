"""`swiftainer run`: the files by which a container knows names."""

import socket

import pytest

from engine_fixtures import engine  # noqa: F401
from harness import host
from harness.engine import call
from run_fixtures import box, everyday  # noqa: F401


def hosts(everyday, *flags):
    text = everyday.run(*flags, everyday.box, "cat", "/etc/hosts").succeeded().stdout
    return [line.split() for line in text.splitlines()]


def resolver(everyday, *flags):
    return everyday.run(*flags, everyday.box, "cat", "/etc/resolv.conf").succeeded().stdout.splitlines()


class TestHosts:
    def test_localhost_and_its_own_name(self, everyday):
        named = ["-h", "box", "--domainname", "example.org"]
        assert hosts(everyday, *named)[-1][1:] == ["box.example.org", "box"]
        lines = hosts(everyday, *named, "--network", "none")
        assert lines[0] == ["127.0.0.1", "localhost"]
        assert lines[-1] == ["127.0.0.1", "box.example.org", "box"]
        assert any(line[0] == "::1" and "localhost" in line for line in lines)

    def test_its_own_name_can_be_reached(self, everyday):
        script = "ping -c1 -W1 box && ip -o address show"
        pinged, *_, own = everyday.run("-h", "box", everyday.box, "sh", "-c", script).succeeded().stdout.splitlines()
        assert pinged.startswith("PING box (") and pinged.split("(")[1].split(")")[0] in own
        result = everyday.run("-h", "box", "--network", "none", everyday.box, "ping", "-c1", "-W1", "box")
        assert "127.0.0.1" in result.succeeded().stdout

    def test_further_lines(self, everyday):
        lines = hosts(everyday, "--add-host", "a:10.1.2.3", "--add-host=b=fd00::1", "--add-host", "c:[::2]")
        for line in (["10.1.2.3", "a"], ["fd00::1", "b"], ["::2", "c"]):
            assert line in lines

    def test_of_the_host(self, everyday):
        with open("/etc/hosts") as file:
            own = [line.split() for line in file.read().splitlines()]
        lines = hosts(everyday, "--network", "host", "--add-host", "up:host-gateway")
        assert lines == [*own, ["127.0.0.1", "up"]]

    def test_can_be_written_but_not_in_a_read_only_root(self, everyday):
        script = "echo 1.2.3.4 x >> /etc/hosts"
        assert everyday.run(everyday.box, "sh", "-c", script).code == 0
        result = everyday.run("--read-only", everyday.box, "sh", "-c", script)
        assert result.code == 1 and "Read-only file system" in result.stderr

    def test_ones_own_file_goes_before(self, everyday, scratch):
        (scratch / "hosts").write_text("mine\n")
        assert hosts(everyday, "-v", f"{scratch}/hosts:/etc/hosts") == [["mine"]]

    def test_image_with_a_link_in_its_place(self, everyday, scratch):
        """Wherever it leads, it is the container's file."""
        image, outside = scratch / "image", scratch / "outside"
        for folder in (image / "bin", image / "etc", image / "run"):
            folder.mkdir(parents=True)
        (image / "bin/busybox").write_bytes((everyday.box / "bin/busybox").read_bytes())
        (image / "bin/busybox").chmod(0o755)
        outside.write_text("outside")
        (image / "etc/resolv.conf").symlink_to("../run/resolv.conf")
        (image / "etc/hosts").symlink_to(outside)
        found = everyday.run("--dns", "9.9.9.9", image, "/bin/busybox", "cat", "/etc/resolv.conf", "/etc/hosts")
        assert "nameserver 9.9.9.9" in found.succeeded().stdout and "localhost" in found.stdout
        assert outside.read_text() == "outside"

    def test_image_without_etc(self, everyday, scratch):
        (scratch / "bin").mkdir()
        (scratch / "bin/busybox").write_bytes((everyday.box / "bin/busybox").read_bytes())
        (scratch / "bin/busybox").chmod(0o755)
        assert "localhost" in everyday.run(scratch, "/bin/busybox", "cat", "/etc/hosts").succeeded().stdout
        assert not (scratch / "etc").exists()


class TestHostname:
    def test_file(self, everyday):
        assert everyday.run("-h", "box", everyday.box, "cat", "/etc/hostname").stdout == "box\n"

    def test_domain(self, everyday):
        result = everyday.run("--domainname", "example.org", everyday.box, "cat", "/proc/sys/kernel/domainname")
        assert result.stdout == "example.org\n"

    def test_of_the_host(self, everyday):
        result = everyday.run("--uts", "host", everyday.box, "sh", "-c", "hostname; cat /etc/hostname")
        assert result.stdout.split() == [socket.gethostname()] * 2


class TestResolver:
    @pytest.mark.parametrize("has_upstream", [False, True])
    @pytest.mark.parametrize("local, upstream", [
        (["127.0.0.53"], ["9.9.9.9", "149.112.112.112"]), (["9.9.9.9", "127.0.0.1"], ["149.112.112.112"]),
    ], ids=["behind-a-local-one", "beside-a-local-one"])  # fmt: skip
    def test_hosts_own_servers(self, everyday, scratch, local, upstream, has_upstream):
        """One on the host's loopback device is out of reach; where there is no other, those behind it are not."""
        lines = lambda servers: "".join(f"nameserver {server}\n" for server in servers)  # noqa: E731
        (scratch / "local").write_text(lines(local))
        (scratch / "upstream").write_text(lines(upstream))
        script = f"mount --bind {scratch}/local /etc/resolv.conf && mount -t tmpfs tmpfs /run && "
        if has_upstream:
            script += f"mkdir -p /run/systemd/resolve && cp {scratch}/upstream /run/systemd/resolve/resolv.conf && "
        script += 'exec "$@"'
        command = everyday.command(everyday.box, "cat", "/etc/resolv.conf")
        result = call(["unshare", "-m", "sh", "-c", script, "sh", *command]).succeeded()
        found = [line for line in result.stdout.splitlines() if line.startswith("nameserver")]
        reached = [server for server in local if not server.startswith("127.")] or (upstream if has_upstream else [])
        assert found == lines(reached).splitlines()

    def test_given(self, everyday):
        flags = ["--dns", "9.9.9.9", "--dns", "::1", "--dns-search", "a.org", "--dns-search", "b.org", "--dns-option", "ndots:3"]
        assert resolver(everyday, *flags) == ["nameserver 9.9.9.9", "nameserver ::1", "search a.org b.org", "options ndots:3"]

    def test_no_search(self, everyday):
        assert resolver(everyday, "--dns", "9.9.9.9", "--dns-search", ".", "--dns-opt", "a") == ["nameserver 9.9.9.9", "options a"]

    def test_host_network(self, everyday):
        with open("/etc/resolv.conf") as file:
            assert resolver(everyday, "--network", "host") == file.read().splitlines()


class TestLater:
    def test_a_start_writes_them_anew(self, engine):
        made = engine("create", "--add-host", "a:1.2.3.4", engine.box, "sh", "-c", "cat /etc/hosts; echo x > /etc/hosts")
        identifier = made.stdout.strip()
        first = engine("start", "-a", identifier).stdout
        assert "1.2.3.4\ta" in first
        assert engine("start", "-a", identifier).stdout == first

    def test_nothing_stays_mounted_on_the_host(self, engine):
        engine.up()
        assert not [mount for mount in host.mounts() if mount.point.endswith("/resolv.conf")]
