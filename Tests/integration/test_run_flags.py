"""What each flag of `swiftainer run` does, as the payload experiences it."""

import os
import signal
import stat
from pathlib import Path

import pytest

from harness import config, host
from run_fixtures import box, everyday  # noqa: F401


def cgroup_file(controller, name, v1, v2):
    """A limit as the kernel has it."""
    folder = host.cgroup_folder(controller, f"/swiftainer/{name}")
    return (folder / (v2 if host.is_v2(controller) else v1)).read_text().strip()


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
        disks = [name for name in os.listdir("/dev") if stat.S_ISBLK(os.stat("/dev/" + name).st_mode)]
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


class TestVolumes:
    def test_both_ways(self, everyday, scratch):
        (scratch / "in").write_text("from outside")
        result = everyday.run("-v", f"{scratch}:/data", everyday.box, "sh", "-c", "cat /data/in; echo back > /data/out")
        assert result.stdout == "from outside"
        assert (scratch / "out").read_text() == "back\n"

    def test_read_only(self, everyday, scratch):
        result = everyday.probe("open", "/data/new", "w,creat", flags=["-v", f"{scratch}:/data:ro"])
        assert result.record("open")["errno"] == "EROFS"
        assert os.listdir(scratch) == []

    def test_read_only_with_what_is_mounted_below(self, everyday, scratch):
        (scratch / "below").mkdir()
        words = " ".join(everyday.command("-v", f"{scratch}:/data:ro", everyday.box, "probe", "open", "/data/below/new", "w,creat"))
        result = everyday.call(["unshare", "-m", "sh", "-c", f"mount -t tmpfs none {scratch}/below && {words}"])
        assert result.record("open")["errno"] == "EROFS"

    def test_missing_folder_is_made(self, everyday, scratch):
        everyday.run("-v", f"{scratch}/new/below:/data", everyday.box, "touch", "/data/x").succeeded()
        assert (scratch / "new/below/x").exists()

    def test_relative_to_the_callers_folder(self, everyday, scratch):
        everyday.run("-v", "./here:/data", everyday.box, "touch", "/data/x", cwd=scratch).succeeded()
        assert (scratch / "here/x").exists()

    def test_file(self, everyday, scratch):
        (scratch / "hosts").write_text("one")
        assert everyday.run("-v", f"{scratch}/hosts:/etc/hosts", everyday.box, "cat", "/etc/hosts").stdout == "one"
        assert not (everyday.box / "etc/hosts").exists()

    def test_place_is_made(self, everyday, scratch):
        everyday.run("-v", f"{scratch}:/not/there/yet", everyday.box, "touch", "/not/there/yet/x").succeeded()

    def test_several_one_in_another(self, everyday, scratch):
        for name in "ab":
            (scratch / name).mkdir()
        flags = ["-v", f"{scratch}/a:/x", "-v", f"{scratch}/b:/x/b"]
        everyday.run(*flags, everyday.box, "touch", "/x/1", "/x/b/2").succeeded()
        assert (scratch / "a/1").exists() and (scratch / "b/2").exists()

    def test_link_out_of_the_rootfs_is_not_followed(self, everyday, scratch):
        """A target's links stay in the container."""
        image = scratch / "image"
        (image / "bin").mkdir(parents=True)
        (image / "bin/probe").write_bytes((everyday.box / "bin/probe").read_bytes())
        (image / "bin/probe").chmod(0o755)
        outside = scratch / "outside"
        outside.mkdir()
        (image / "out").symlink_to(outside)
        data = scratch / "data"
        data.mkdir()
        everyday.run("-v", f"{data}:/out", image, "probe", "write", "/out/x", "y").succeeded()
        assert os.listdir(outside) == []


class TestMounts:
    def test_bind(self, everyday, scratch):
        flag = f"type=bind,source={scratch},target=/data"
        everyday.run("--mount", flag, everyday.box, "touch", "/data/x").succeeded()
        assert (scratch / "x").exists()

    @pytest.mark.parametrize("word, errno", [("readonly", "EROFS"), ("ro=true", "EROFS"), ("readonly=false", 0)])
    def test_bind_read_only(self, everyday, scratch, word, errno):
        flag = f"type=bind,src={scratch},dst=/data,{word}"
        assert everyday.probe("open", "/data/x", "w,creat", flags=["--mount", flag]).record("open")["errno"] == errno

    def test_bind_of_nothing_makes_nothing(self, everyday, scratch):
        assert everyday.run("--mount", f"type=bind,source={scratch}/none,target=/x", everyday.box, "true").code == 125
        assert os.listdir(scratch) == []

    def test_tmpfs(self, everyday):
        flag = "type=tmpfs,target=/data,tmpfs-size=1m,tmpfs-mode=700"
        result = everyday.probe("stat", "/data", "--", "mounts", flags=["--mount", flag])
        found = result.record("stat")
        assert (found["bytes"], found["mode"], found["magic"]) == (1 << 20, 0o700, 0x01021994)
        [mount] = [m for m in host.mounts(result.record("mounts")["mounts"]) if m.point == "/data"]
        assert {"nosuid", "nodev", "noexec"} <= set(mount.options)

    def test_tmpfs_is_really_that_small(self, everyday):
        flag = "type=tmpfs,target=/data,tmpfs-size=1m"
        result = everyday.run("--mount", flag, everyday.box, "dd", "if=/dev/zero", "of=/data/x", "bs=1k", "count=2000")
        assert result.code == 1 and "No space left" in result.stderr

    def test_tmpfs_by_default(self, everyday):
        found = everyday.probe("stat", "/data", flags=["--mount", "type=tmpfs,target=/data"]).record("stat")
        assert found["mode"] == 0o1777

    def test_read_only_root(self, everyday):
        result = everyday.probe(
            "open", "/x", "w,creat", "--", "open", "/dev/shm/x", "w,creat", "--", "open", "/dev/null", "w", flags=["--read-only"]
        )
        assert [result.record("open", index)["errno"] for index in range(3)] == ["EROFS", 0, 0]

    def test_read_only_root_with_a_volume(self, everyday, scratch):
        flags = ["--read-only", "-v", f"{scratch}:/not/there"]
        everyday.run(*flags, everyday.box, "touch", "/not/there/x").succeeded()


class TestLimits:
    @pytest.mark.needs("memory")
    def test_memory_is_written(self, everyday):
        running = everyday.start("line", flags=["-m", "64m"])
        running.close_input()
        assert running.exit_code() == 0
        running = everyday.start("pause", flags=["-m", "64m", "--memory-swap", "96m"])
        running.record("pause")
        assert cgroup_file("memory", running.name, "memory.limit_in_bytes", "memory.max") == str(64 << 20)
        if not host.is_v2("memory"):
            assert cgroup_file("memory", running.name, "memory.memsw.limit_in_bytes", "") == str(96 << 20)
        self.end(everyday, running)

    @pytest.mark.needs("memory")
    def test_swap_is_as_much_again(self, everyday):
        if host.is_v2("memory"):
            pytest.skip("memory is on v2")
        running = everyday.start("pause", flags=["-m64m"])
        running.record("pause")
        assert cgroup_file("memory", running.name, "memory.memsw.limit_in_bytes", "") == str(128 << 20)
        self.end(everyday, running)

    @pytest.mark.needs("memory")
    def test_too_much_memory_kills(self, everyday):
        result = everyday.probe("eat-memory", 256 << 20, flags=["-m", "32m", "--memory-swap", "32m"])
        assert result.code == 137
        assert result.stderr == ""
        eaten = max((record["bytes"] for record in result.records if record["probe"] == "eaten"), default=0)
        assert eaten <= 32 << 20

    @pytest.mark.needs("memory")
    def test_enough_memory_does_not(self, everyday):
        assert everyday.probe("eat-memory", 8 << 20, flags=["-m", "32m"]).code == 0

    @pytest.mark.needs("memory")
    def test_only_a_child_is_killed(self, everyday):
        """The first process lives on and can tell."""
        script = f"probe eat-memory {128 << 20} > /dev/null; echo child $?"
        result = everyday.run("-m", "24m", "--memory-swap", "24m", everyday.box, "sh", "-c", script)
        assert result.code in (0, 137)
        if result.code == 0:
            assert "child 137" in result.stdout

    @pytest.mark.needs("cpu")
    def test_processor_time_is_written(self, everyday):
        running = everyday.start("pause", flags=["--cpus", "1.5"])
        running.record("pause")
        if host.is_v2("cpu"):
            assert cgroup_file("cpu", running.name, "", "cpu.max") == "150000 100000"
        else:
            assert cgroup_file("cpu", running.name, "cpu.cfs_quota_us", "") == "150000"
            assert cgroup_file("cpu", running.name, "cpu.cfs_period_us", "") == "100000"
        self.end(everyday, running)

    @pytest.mark.needs("cpu")
    def test_processor_time_is_felt(self, everyday):
        used = everyday.probe("burn-cpu", 1, flags=["--cpus", "0.2"]).record("burn-cpu")["usedMicroseconds"]
        assert 50_000 < used < 400_000

    @pytest.mark.needs("cpuset")
    def test_processors(self, everyday):
        last = max(os.sched_getaffinity(0))
        status = everyday.probe("status", flags=["--cpuset-cpus", last]).record("status")
        assert status["affinity"] == [last]

    @pytest.mark.needs("pids")
    def test_processes(self, everyday):
        forked = everyday.probe("fork", 20, flags=["--pids-limit", 8]).record("fork")
        assert forked["errno"] == "EAGAIN"
        assert len(forked["pids"]) == 7

    @pytest.mark.needs("pids")
    @pytest.mark.parametrize("value", ["-1", "0"])
    def test_no_limit_of_processes(self, everyday, value):
        running = everyday.start("pause", flags=["--pids-limit", value])
        running.record("pause")
        assert cgroup_file("pids", running.name, "pids.max", "pids.max") == "max"
        self.end(everyday, running)

    @staticmethod
    def end(everyday, running):
        running.signal(signal.SIGKILL)
        running.exit_code()
        everyday.delete(running.name, "--force").succeeded()


class TestNetwork:
    def names(self, everyday, *flags):
        return sorted(everyday.probe("ls", "/sys/class/net", flags=flags).record("ls")["names"])

    def test_only_loopback(self, everyday):
        assert self.names(everyday) == self.names(everyday, "--network", "none") == ["lo"]

    def test_loopback_is_up(self, everyday):
        assert everyday.run(everyday.box, "ping", "-c", "1", "-W", "2", "127.0.0.1").code == 0
        result = everyday.run(everyday.box, "ip", "link", "show", "lo")
        assert ",UP" in result.stdout

    def test_host(self, everyday):
        assert self.names(everyday, "--network=host") == sorted(os.listdir("/sys/class/net"))
        inside = everyday.run("--network", "host", everyday.box, "readlink", "/proc/self/ns/net").stdout.strip()
        assert inside == os.readlink("/proc/self/ns/net")
