"""`swiftainer run`: capabilities, filters, hidden paths, devices, namespaces, `--privileged` and the network."""

import os
import stat
from pathlib import Path

import pytest

from harness import config, host
from run_fixtures import box, everyday  # noqa: F401


class TestRights:
    def caps(self, everyday, *flags):
        return everyday.probe("caps", flags=flags).record("caps")

    def test_dockers_fourteen(self, everyday):
        caps = self.caps(everyday)
        for kind in ("bounding", "effective", "permitted"):
            assert sorted(caps[kind]) == sorted(config.DEFAULT_CAPABILITIES)
        assert caps["inheritable"] == caps["ambient"] == []

    def test_of_a_user(self, everyday):
        caps = self.caps(everyday, "-u", "user")
        assert sorted(caps["bounding"]) == sorted(config.DEFAULT_CAPABILITIES)
        assert caps["effective"] == caps["permitted"] == caps["ambient"] == []

    @pytest.mark.parametrize("name", ["NET_ADMIN", "net_admin", "CAP_NET_ADMIN"])
    def test_add(self, everyday, name):
        assert "CAP_NET_ADMIN" in self.caps(everyday, "--cap-add", name)["effective"]

    def test_drop(self, everyday):
        caps = self.caps(everyday, "--cap-drop", "CHOWN", "--cap-drop", "mknod")
        assert set(config.DEFAULT_CAPABILITIES) - set(caps["effective"]) == {"CAP_CHOWN", "CAP_MKNOD"}
        assert "CAP_CHOWN" not in caps["bounding"]

    def test_drop_all_add_one(self, everyday):
        caps = self.caps(everyday, "--cap-add=KILL", "--cap-drop=ALL")
        assert caps["effective"] == caps["bounding"] == ["CAP_KILL"]

    def test_add_all(self, everyday):
        caps = self.caps(everyday, "--cap-add", "ALL", "--cap-drop", "SYS_ADMIN")
        assert "CAP_NET_ADMIN" in caps["effective"] and "CAP_SYS_ADMIN" not in caps["effective"]

    def test_dropped_is_really_gone(self, everyday):
        script = "touch /f; chown 5 /f"
        assert everyday.run(everyday.box, "sh", "-c", script).code == 0
        assert everyday.run("--cap-drop", "CHOWN", everyday.box, "sh", "-c", script).code == 1

    def test_seccomp(self, everyday):
        result = everyday.probe("status", "--", "unshare", "user", "--", "syscall", "add_key")
        status = result.record("status")
        assert (status["seccomp"], status["noNewPrivs"]) == (2, 0)
        assert result.record("unshare")["errno"] == "EPERM"
        assert result.record("syscall")["errno"] == "EPERM"

    def test_masked_paths(self, everyday):
        result = everyday.probe("ls", "/sys/firmware", "--", "read", "/proc/timer_list", "--", "read", "/proc/keys")
        assert result.record("ls")["names"] == []
        for index in range(2):
            read = result.record("read", index)
            assert (read["errno"], read["text"]) == (0, "") or read["errno"] == "ENOENT"

    @pytest.mark.parametrize("path", ["/proc/sys/vm/drop_caches", "/proc/sys/kernel/domainname", "/proc/irq/default_smp_affinity"])
    def test_read_only_paths(self, everyday, path):
        assert everyday.probe("open", path, "w").record("open")["errno"] == "EROFS"

    def test_sys_and_cgroups_are_read_only(self, everyday):
        found = {mount.point: mount for mount in host.mounts(everyday.probe("mounts").record("mounts")["mounts"])}
        assert "ro" in found["/sys"].options
        below = [point for point in found if point.startswith("/sys/fs/cgroup")]
        assert below and all("ro" in found[point].options for point in below)

    def test_devices(self, everyday):
        result = everyday.probe(
            "mknod", "/vda", "b", 254, 0, "--", "open", "/vda", "r", "--", "open", "/dev/null", "rw", "--", "ls", "/dev"
        )
        assert result.record("open")["errno"] == "EPERM" or result.record("mknod")["errno"] == "EPERM"
        assert result.record("open", 1)["errno"] == 0
        wanted = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue", "fd", "stdin", "stdout", "stderr"}
        assert wanted <= set(result.record("ls")["names"]) <= wanted | {"core", "console"}

    def test_own_namespaces(self, everyday):
        result = everyday.run(everyday.box, "sh", "-c", "for n in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done")
        inside = result.stdout.split()
        outside = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "pid", "net", "ipc", "uts", "cgroup")]
        assert len(inside) == 6 and not set(inside) & set(outside)


class TestPrivileged:
    def test_capabilities(self, everyday):
        own = int(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapBnd")), 16)
        caps = everyday.probe("caps", flags=["--privileged"]).record("caps")
        assert len(caps["effective"]) == bin(own & host.capabilities()).count("1")

    def test_nothing_is_hidden(self, everyday):
        result = everyday.probe(
            "status", "--", "open", "/proc/sys/kernel/domainname", "w", "--", "lstat", "/proc/timer_list",
            flags=["--privileged"],
        )
        assert result.record("status")["seccomp"] == 0
        assert result.record("open")["errno"] == 0
        assert result.record("lstat")["type"] == "file"

    def test_devices(self, everyday):
        disks = [name for name in os.listdir("/dev") if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode)]
        if not disks:
            pytest.skip("this machine has no block device")
        disk = sorted(disks)[0]
        made = everyday.probe("stat", f"/dev/{disk}", flags=["--privileged"]).record("stat")
        real = os.stat(f"/dev/{disk}").st_rdev
        assert (made["type"], made["major"], made["minor"]) == ("block", os.major(real), os.minor(real))

    def test_may_mount(self, everyday):
        result = everyday.probe("mount", "/tmp", "none", "tmpfs", flags=["--privileged"])
        assert result.record("mount")["errno"] == 0
        assert everyday.probe("mount", "/tmp", "none", "tmpfs").record("mount")["errno"] == "EPERM"

    def test_sys_is_writable(self, everyday):
        found = {m.point: m for m in host.mounts(everyday.probe("mounts", flags=["--privileged"]).record("mounts")["mounts"])}
        assert "rw" in found["/sys"].options


class TestNetwork:
    def names(self, everyday, *flags):
        return sorted(everyday.probe("ls", "/sys/class/net", flags=flags).record("ls")["names"])

    def test_devices(self, everyday):
        assert self.names(everyday) == ["eth0", "lo"]
        assert self.names(everyday, "--network", "none") == ["lo"]

    def test_loopback_is_up(self, everyday):
        assert everyday.run(everyday.box, "ping", "-c", "1", "-W", "2", "127.0.0.1").code == 0
        result = everyday.run(everyday.box, "ip", "link", "show", "lo")
        assert ",UP" in result.stdout

    def test_host(self, everyday):
        lasting = lambda names: [name for name in names if not name.startswith(("veth", "swbr", "swiftainer", "swt"))]  # noqa: E731
        # Other tests' devices come and go.
        assert lasting(self.names(everyday, "--network=host")) == lasting(sorted(os.listdir("/sys/class/net")))
        inside = everyday.run("--network", "host", everyday.box, "readlink", "/proc/self/ns/net").stdout.strip()
        assert inside == os.readlink("/proc/self/ns/net")
