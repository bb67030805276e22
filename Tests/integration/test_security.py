"""What runtimes had to learn the hard way: for each lesson a test that attacks."""

import ctypes
import fcntl
import hashlib
import os
import socket
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from harness import config, host, inotify, mappable
from harness.terminal import ConsoleSocket

AT_FDCWD = -100
RENAME_EXCHANGE = 2
F_GET_SEALS = 1034
EVERY_SEAL = 0b1111  # seal, shrink, grow, write
RUN = {"swiftainer-oci", "swiftainer-init", "runc", "crun"}
"""Programs that run, or wait to, in the containers of these tests."""
libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture(autouse=True)
def attacks_stay_here(runtime):
    """What another runtime lets through reaches the machine: it is attacked in one that is thrown away."""
    if runtime.kind not in ("swiftainer", "runc") and not Path("/run/swiftainer-vm").exists():
        pytest.skip(f"{runtime.name} is attacked in the virtual machine only")


def all_capabilities(container, *more):
    for kind in ("bounding", "effective", "permitted"):
        container.process["capabilities"][kind] += more
    return container


@pytest.fixture
def victim(scratch):
    """A folder of the host's that nothing in a container may reach; it is checked at the end."""
    folder = scratch / "victim"
    folder.mkdir()
    (folder / "secret").write_text("of the host")
    yield folder
    assert os.listdir(folder) == ["secret"]
    assert (folder / "secret").read_text() == "of the host"
    assert not stat.S_ISCHR((folder / "secret").stat().st_mode)


@pytest.fixture
def program(runtime):
    """The runtime's own files, checked at the end to be what they were."""
    path = Path(runtime.path).resolve()
    files = [file for file in path.parent.glob("swiftainer*") if file.is_file()] or [path]

    def described():
        # All of what containers could get hold of is read; of the rest the kernel says when it was changed.
        sums = {file: hashlib.sha256(file.read_bytes()).digest() for file in files if file.name in RUN}
        return sums, {file: (file.stat().st_size, file.stat().st_ctime_ns) for file in files}

    before = described()
    yield path
    assert before == described()


class TestOwnProgram:
    """CVE-2019-5736: the container catches the runtime's program and writes to it."""

    def test_waiting_init_is_sealed(self, containers, program):
        container = containers("pause").create()
        path = f"/proc/{container.pid}/exe"
        descriptor = os.open(path, os.O_RDONLY)
        try:
            try:
                sealed = fcntl.fcntl(descriptor, F_GET_SEALS) & EVERY_SEAL == EVERY_SEAL
            except OSError:  # no memfd: then it must lie on something that cannot be written
                sealed = bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)
            assert sealed
        finally:
            os.close(descriptor)
        with pytest.raises(OSError):
            descriptor = os.open(
                path, os.O_WRONLY
            )  # root of the host: a memfd may open, but never be written
            try:
                os.pwrite(descriptor, b"X", 0)
            finally:
                os.close(descriptor)

    @pytest.mark.needs("private-program")
    def test_waiting_init_is_not_the_installed_file(self, containers, program):
        container = containers("pause").create()
        found, installed = os.stat(f"/proc/{container.pid}/exe"), program.stat()
        assert (found.st_dev, found.st_ino) != (installed.st_dev, installed.st_ino)

    @pytest.mark.parametrize("in_user_namespace", [False, True])
    @pytest.mark.parametrize("powerful", [False, True])
    def test_hunt_during_exec(self, containers, program, powerful, in_user_namespace):
        """A payload that looks at every process while the host executes into it again and again.

        Half of those start `/proc/self/exe` through a link, so that the runtime's own program is what runs
        inside for a while.
        """
        container = containers("hunt")
        (container.rootfs / "bin/trap").symlink_to("/proc/self/exe")
        if in_user_namespace:
            container.map_users()
        if powerful:
            all_capabilities(container, "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN")
        container.create().start()
        container.output.record("hunting")
        for _ in range(8):
            container.exec("exit", 0).succeeded()
            container.exec("exit", 0, program="/bin/trap", timeout=10)
        container.kill("TERM").succeeded()
        found = container.output.record("hunt")
        assert found["rounds"] > 0
        assert [one for one in found["programs"] if one["written"]] == []
        for link in found["handles"]:
            assert not link.startswith("(unreachable)"), found["handles"]
            assert str(container.root) not in link and str(container.bundle) not in link

    def test_payload_is_its_own_interpreter(self, containers, program):
        """`#!/proc/self/exe` makes the runtime's program the payload."""
        container = containers()
        script = container.rootfs / "bin/script"
        script.write_text("#!/proc/self/exe\n")
        script.chmod(0o755)
        container.process["args"] = ["/bin/script"]
        container.run(timeout=10)

    def test_overwrite_through_a_descriptor(self, containers, program):
        """The second half of the attack alone: whatever `/proc/1/exe` is, writing to it fails."""
        container = containers("pause").without("pid")
        all_capabilities(container, "CAP_SYS_PTRACE", "CAP_SYS_ADMIN").up()
        second = containers("pause").create()
        result = container.exec("overwrite", f"/proc/{second.pid}/exe").succeeded()
        assert result.record("overwrite")["written"] is False


class TestBeforeTheExec:
    """CVE-2016-9962: what the init is before the payload takes its place."""

    def test_not_dumpable(self, containers):
        """Else /proc/PID would belong to the container's root (proc(5), dumpable)."""
        container = containers("pause").map_users().create()
        assert os.stat(f"/proc/{container.pid}/fd").st_uid == 0

    def test_no_handle_on_the_hosts_folders(self, containers):
        container = containers("pause").create()
        for name in os.listdir(f"/proc/{container.pid}/fd"):
            path = f"/proc/{container.pid}/fd/{name}"
            if os.path.isdir(path):
                listed = set(os.listdir(path))
                assert not {"boot", "lib"} <= listed, os.readlink(path)
                assert container.id not in listed and "config.json" not in listed, os.readlink(path)

    def test_working_directory_is_inside(self, containers):
        container = containers("pause").create()
        inside = os.stat(f"/proc/{container.pid}/root")
        here = os.stat(f"/proc/{container.pid}/cwd")
        assert (here.st_dev, here.st_ino) == (inside.st_dev, inside.st_ino)

    def test_state_is_not_for_others(self, containers):
        container = containers("pause").create()
        assert stat.S_IMODE((container.root / container.id).stat().st_mode) & 0o022 == 0
        for file in (container.root / container.id).iterdir():
            assert stat.S_IMODE(file.lstat().st_mode) & 0o022 == 0 or file.is_fifo(), file


class TestBoundMounts:
    REMOUNT = 0x1020  # MS_BIND | MS_REMOUNT, and none of the flags that the host's mount has

    @pytest.mark.parametrize("options", ["ro", "nosuid", "nodev", "noexec"])
    @pytest.mark.parametrize("mapped", [False, pytest.param(True, marks=pytest.mark.needs("idmap"))])
    def test_flags_of_the_host_stay_in_a_user_namespace(self, containers, scratch, options, mapped):
        """Root of a user namespace may change its mounts, but not what the host's mount behind one forbids."""
        with mappable.mounted(scratch / "source", options) as source:
            container = containers("mount", "/mnt", "none", "none", self.REMOUNT, "--", "mounts").map_users()
            all_capabilities(container, "CAP_SYS_ADMIN")
            container.mount("/mnt", source, "bind", ["rbind", "idmap"] if mapped else ["rbind"])
            result = container.run().succeeded()
            assert result.record("mount")["errno"] == "EPERM"
            lines = [line.split() for line in result.record("mounts")["mounts"]]
            assert [options in line[5].split(",") for line in lines if line[4] == "/mnt"] == [True]


class TestProc:
    """CVE-2019-16884, 2019-19921, 2023-27561, 2023-28642."""

    @pytest.mark.parametrize("name", ["proc", "sys"])
    @pytest.mark.parametrize("target", ["/etc", "tmp", "../../../../etc"])
    def test_target_is_a_link(self, containers, name, target):
        container = containers("exit", 0)
        (container.rootfs / name).rmdir()
        (container.rootfs / name).symlink_to(target)
        container.run().failed()

    @pytest.mark.parametrize(
        "place", ["/proc/sys", "/proc/self", "/proc/1/attr", "/proc/self/attr", "/proc/sysrq-trigger"]
    )
    def test_bind_upon_it_is_refused(self, containers, victim, place):
        container = containers("exit", 0)
        container.mount(
            place, victim if not place.endswith("trigger") else victim / "secret", "bind", ["bind"]
        )
        container.run().failed()

    @pytest.mark.parametrize(
        "place", ["cpuinfo", "meminfo", "stat", "uptime", "loadavg", "diskstats", "swaps"]
    )
    def test_harmless_ones_are_allowed(self, containers, scratch, place):
        """lxcfs shows containers their own numbers in this way."""
        (scratch / "numbers").write_text("numbers of its own\n")
        container = containers("read", f"/proc/{place}").mount(
            f"/proc/{place}", scratch / "numbers", "bind", ["bind", "ro"]
        )
        assert container.run().succeeded().record("read")["text"] == "numbers of its own\n"

    def test_something_else_in_the_place_of_proc(self, containers):
        """CVE-2025-52881: sysctls would be written into a file of the container's."""
        container = containers("exit", 0)
        config.drop_mount(container.config, "/proc")
        container.config["mounts"].insert(0, {"destination": "/proc", "type": "tmpfs", "source": "tmpfs"})
        container.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
        container.run().failed()

    def test_settings_do_not_go_through_the_containers_proc(self, containers, scratch):
        """CVE-2025-52881 with a shared folder in the place of /proc/sys/net."""
        fake = scratch / "fake"
        (fake / "ipv4").mkdir(parents=True)
        (fake / "ipv4/ip_forward").write_text("untouched")
        container = containers("exit", 0).mount("/proc/sys/net", fake, "bind", ["bind"])
        container.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
        container.run()
        assert (fake / "ipv4/ip_forward").read_text() == "untouched"


class Swap:
    """A thread that exchanges two names as fast as it can."""

    def __init__(self, first, second):
        self.names = [os.fsencode(first), os.fsencode(second)]
        self.running = True
        self.count = 0
        self.thread = threading.Thread(target=self.spin, daemon=True)

    def spin(self):
        while self.running:
            if libc.renameat2(AT_FDCWD, self.names[0], AT_FDCWD, self.names[1], RENAME_EXCHANGE) == 0:
                self.count += 1
            time.sleep(0)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()
        assert self.count > 10  # else nothing was attacked


class TestTargets:
    """CVE-2021-30465, 2024-45310: mount targets that lead elsewhere."""

    @pytest.mark.parametrize("kind", ["bind", "tmpfs"])
    def test_link_to_the_host(self, containers, victim, kind):
        container = containers("mounts", "--", "ls", "/")
        (container.rootfs / "link").symlink_to(victim)
        container.mount(
            "/link/made", "/etc" if kind == "bind" else "x", kind, ["bind"] if kind == "bind" else []
        )
        result = container.run()
        if result.code == 0:
            points = [mount.point for mount in host.mounts(result.record("mounts")["mounts"])]
            assert f"{victim}/made" in points  # resolved inside the root

    @pytest.mark.parametrize(
        "way",
        ["/proc/self/root", "/proc/1/root", "/proc/self/cwd", "/proc/self/fd/3", "/proc/thread-self/root"],
    )
    def test_magic_link(self, containers, victim, way):
        """/proc/1/root of the container's own proc is the host's tree until the pivot."""
        container = containers("mounts")
        (container.rootfs / "link").symlink_to(way)
        container.mount(f"/link{victim}/made", "/etc", "bind", ["bind"])
        container.run(timeout=10)

    def test_link_in_a_volume(self, containers, scratch, victim):
        """The link lies in a folder that another container shares, not in the image."""
        volume = scratch / "volume"
        volume.mkdir()
        (volume / "link").symlink_to(victim)
        container = containers("mounts")
        container.mount("/volume", volume).mount("/volume/link/made", "/etc", "bind", ["bind"])
        container.run()

    @pytest.mark.needs("safe-targets")
    @pytest.mark.parametrize("depth", ["/swap/made", "/swap/a/b/c/made"])
    def test_race(self, containers, scratch, victim, depth):
        """Another container turns a folder of a shared volume into a link between check and use."""
        volume = scratch / "volume"
        (volume / "swap").mkdir(parents=True)
        (volume / "link").symlink_to(victim)
        container = containers("mounts")
        container.mount("/volume", volume).mount(f"/volume{depth}", "/etc", "bind", ["bind"])
        with Swap(volume / "swap", volume / "link"):
            for _ in range(15):
                container.run(timeout=10)
                assert os.listdir(victim) == ["secret"]

    @pytest.mark.needs("safe-targets")
    def test_race_with_the_root(self, containers, victim):
        """The same with the folder in the rootfs, and a link up to the host's root."""
        container = containers("mounts")
        (container.rootfs / "swap").mkdir()
        (container.rootfs / "link").symlink_to("../" * 30)
        container.mount(f"/swap{victim}/made", "tmpfs", "tmpfs", [])
        with Swap(container.rootfs / "swap", container.rootfs / "link"):
            for _ in range(15):
                container.run(timeout=10)
                assert os.listdir(victim) == ["secret"]

    def test_masked_path_is_a_link_to_the_host(self, containers, victim):
        container = containers("exit", 0)
        (container.rootfs / "link").symlink_to(victim / "secret")
        container.linux["maskedPaths"] = ["/link", "/proc/1/root" + str(victim / "secret")]
        container.linux["readonlyPaths"] = ["/link"]
        container.run()

    def test_copy_up_does_not_copy_the_host(self, containers, victim):
        container = containers("ls", "/data")
        (container.rootfs / "data").symlink_to(victim)
        container.mount("/data", "tmpfs", "tmpfs", ["tmpcopyup"])
        result = container.run()
        if result.code == 0:
            assert "secret" not in result.record("ls")["names"]

    def test_working_directory_is_made_inside(self, containers, victim):
        container = containers("exit", 0)
        (container.rootfs / "link").symlink_to(victim)
        container.process["cwd"] = "/link/made"
        container.run()


class TestDescriptors:
    """CVE-2024-21626: a leaked handle on a folder of the host as working directory."""

    @staticmethod
    def is_inside(container, result):
        if result.code != 0:
            return
        status = result.record("status")
        assert status["cwd"] and status["cwd"].startswith("/"), status["cwd"]
        listed = result.record("ls")["names"]
        assert not {"boot", "lib"} <= set(listed)
        assert container.id not in listed and "config.json" not in listed

    @pytest.mark.parametrize("number", range(3, 15))
    def test_config(self, containers, number):
        container = containers("status", "--", "ls", "../..")
        container.process["cwd"] = f"/proc/self/fd/{number}"
        self.is_inside(container, container.run(timeout=10))

    def test_link_in_the_image(self, containers):
        for number in (5, 7, 9):
            container = containers("status", "--", "ls", "../..")
            (container.rootfs / "link").symlink_to(f"/proc/self/fd/{number}")
            container.process["cwd"] = "/link/../.."
            self.is_inside(container, container.run(timeout=10))

    def test_exec(self, containers):
        container = containers.up()
        for number in range(3, 12):
            flags = ["--cwd", f"/proc/self/fd/{number}"]
            self.is_inside(container, container.exec("status", "--", "ls", "../..", flags=flags, timeout=10))

    def test_program(self, containers):
        """The program itself may not be taken through a handle either."""
        for number in (3, 5, 7):
            container = containers()
            container.process["args"] = [f"/proc/self/fd/{number}/../../../../bin/sh", "-c", "exit 99"]
            assert container.run(timeout=10).code != 99


class TestWithoutPivot:
    """Where the root is only moved over the host's, that one stays in the mount namespace."""

    ATTACK = "unshare -mrpf sh -c 'echo tried; mount -t {kind} -o {options} none /tmp && ls /tmp'"

    @pytest.mark.parametrize("flags", [[], ["--no-pivot"]])
    @pytest.mark.parametrize("kind, options", [("proc", "rw"), ("sysfs", "ro")])
    @pytest.mark.parametrize("mapped", [False, True])
    def test_nothing_masked_is_had_anew(self, containers, rootfs, flags, kind, options, mapped):
        """A user namespace may mount a proc or sysfs like one that lies open in the mount namespace."""
        container = containers(rootfs=rootfs.parent / "busybox")
        if mapped:
            container.map_users()
        command = self.ATTACK.format(kind=kind, options=options).replace("-mrpf", "-mrpfn" if kind == "sysfs" else "-mrpf")
        container.process["args"] = ["/bin/sh", "-c", command]
        container.linux["maskedPaths"] = ["/proc/keys", "/sys/firmware"]
        container.linux["readonlyPaths"] = ["/proc/sysrq-trigger"]
        result = container.run(*flags).failed()
        assert (result.stdout, "ermission denied" in result.stderr) == ("tried\n", True), result

    @pytest.mark.needs("swiftainer")
    def test_a_shared_root_is_refused(self, containers):
        """The root would be moved over the host's on the host as well."""
        container = containers("exit", 0)
        container.linux["rootfsPropagation"] = "shared"
        # Other tests mount something meanwhile.
        mounts = lambda: [mount for mount in host.mounts() if mount.point == "/" or container.owns(mount.point)]
        before = mounts()
        assert "linux.rootfsPropagation" in container.run("--no-pivot").failed().stderr
        assert mounts() == before


class TestDev:
    """CVE-2025-31133, CVE-2025-52565, and those of 2026: what stands in /dev is the image's."""

    def bare(self, container):
        """Without a mount on /dev the image's own folder is used."""
        for destination in ("/dev", "/dev/pts", "/dev/shm"):
            config.drop_mount(container.config, destination)
        return container

    def target(self, container):
        (container.rootfs / "etc/target").write_text("of the image")
        return "/etc/target"

    @pytest.mark.needs("checked-dev-null")
    @pytest.mark.parametrize("kind", ["link", "file", "fifo", "other-device"])
    def test_masking_with_a_false_null(self, containers, kind):
        container = self.bare(
            containers("stat", "/etc/masked", "--", "stat", "/etc/target", "--", "read", "/proc/keys")
        )
        (container.rootfs / "etc/masked").write_text("to be hidden")
        null = container.rootfs / "dev/null"
        if kind == "link":
            null.symlink_to(self.target(container))
        elif kind == "file":
            null.write_text("false")
        elif kind == "fifo":
            os.mkfifo(null)
        else:
            os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        container.linux["maskedPaths"] = ["/etc/masked", "/proc/keys"]
        result = container.run(timeout=10)
        if result.code == 0:
            masked = result.record("stat")
            assert (masked["type"], masked["major"], masked["minor"]) == ("char", 1, 3)
            if kind == "link":
                assert result.record("stat", 1)["type"] == "file"

    @pytest.mark.needs("checked-dev-null")
    def test_closed_or_null_stdin_is_not_the_images(self, containers):
        container = self.bare(containers("stat", "/proc/self/fd/0"))
        (container.rootfs / "dev/null").symlink_to(self.target(container))
        result = container.run(timeout=10)
        if result.code == 0:
            found = result.record("stat")
            assert (found["type"], found["major"], found["minor"]) == ("char", 1, 3)

    @pytest.mark.parametrize("name", ["null", "zero", "tty", "random"])
    def test_device_is_a_link_to_the_host(self, containers, victim, name):
        container = self.bare(containers("exit", 0))
        (container.rootfs / "dev" / name).symlink_to(victim / "made")
        container.run(timeout=10)

    @pytest.mark.needs("safe-dev")
    @pytest.mark.parametrize("where", ["host", "inside", "up"])
    def test_dev_is_a_link(self, containers, victim, where):
        container = containers("stat", "/dev/null", "--", "mounts")
        (container.rootfs / "dev").rmdir()
        (container.rootfs / "dev").symlink_to({"host": victim, "inside": "/etc", "up": "../../victim"}[where])
        result = container.run(timeout=10)
        if result.code == 0:
            found = result.record("stat")
            assert (found["type"], found["major"], found["minor"]) == ("char", 1, 3)

    @pytest.mark.needs("safe-dev")
    def test_dev_is_a_link_and_nothing_is_mounted_on_it(self, containers, victim):
        container = self.bare(containers("exit", 0))
        (container.rootfs / "dev").rmdir()
        (container.rootfs / "dev").symlink_to(victim)
        container.run(timeout=10)

    @pytest.mark.needs("safe-dev")
    @pytest.mark.parametrize("name", ["console", "ptmx", "pts"])
    def test_terminal_with_links_in_dev(self, containers, scratch, victim, name):
        container = self.bare(containers("stat", "/etc/target", "--", "tty"))
        target = self.target(container)
        if name == "pts":
            (container.rootfs / "dev/pts").symlink_to("/etc")
        else:
            (container.rootfs / "dev" / name).symlink_to(target)
        container.config["mounts"].append(
            {
                "destination": "/dev/pts",
                "type": "devpts",
                "source": "devpts",
                "options": ["newinstance", "ptmxmode=0666"],
            }
        )
        container.process["terminal"] = True
        console = ConsoleSocket(scratch / "console")
        with closing(console):
            result = container.try_create("--console-socket", console.path)
            if result.code != 0:
                return
            with closing(console.terminal()) as terminal:
                container.start()
                assert terminal.record("stat")["type"] == "file"
                assert terminal.record("tty")["isatty"] == [True] * 3
        assert (container.rootfs / "etc/target").read_text() == "of the image"

    @pytest.mark.parametrize("kind", ["file", "link", "other-device"])
    def test_false_ptmx(self, containers, scratch, kind):
        """A mount upon /dev/pts/ptmx: the terminal must still be a real one of this devpts."""
        container = containers("tty")
        fake = scratch / "fake"
        if kind == "file":
            fake.write_text("false")
        elif kind == "link":
            (scratch / "elsewhere").write_text("")
            fake.symlink_to(scratch / "elsewhere")
        else:
            os.mknod(fake, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        container.mount("/dev/pts/ptmx", fake, "bind", ["bind"])
        container.process["terminal"] = True
        console = ConsoleSocket(scratch / "console")
        with closing(console):
            result = container.try_create("--console-socket", console.path, timeout=10)
            if result.code != 0:
                return
            with closing(console.terminal()) as terminal:
                container.start()
                assert terminal.record("tty")["isatty"] == [True] * 3

    def test_disk_of_the_host_cannot_be_opened(self, containers):
        devices = [device for device in Path("/sys/block").iterdir() if (device / "dev").exists()]
        major, minor = (devices[0] / "dev").read_text().strip().split(":")
        result = containers("mknod", "/disk", "b", major, minor, "--", "open", "/disk", "r").run().succeeded()
        if result.record("mknod")["errno"] == 0:
            assert result.record("open")["errno"] == "EPERM"


class TestCgroupView:
    """CVE-2023-25809: what of the cgroup tree is seen, and that it cannot be written."""

    def ask(
        self, containers, *commands, namespace=False, options=("nosuid", "noexec", "nodev", "relatime", "ro")
    ):
        container = containers(*commands)
        container.mount("/sys/fs/cgroup", "cgroup", "cgroup", options)
        # With a limit the container has a cgroup in that hierarchy, where runtimes make only those needed.
        container.resources.update(memory={"limit": 64 << 20}, pids={"limit": 30})
        if namespace:
            container.linux["namespaces"].append({"type": "cgroup"})
        return container

    def folders(self):
        """Where each hierarchy is seen inside, for the layout of this host."""
        points = host.hierarchies()
        if "memory" not in points:
            return [""]
        return [f"/{name}" for name in ("memory", "pids") if name in points]

    @pytest.mark.parametrize("namespace", [False, True])
    def test_only_its_own_is_seen(self, containers, namespace):
        containers.up()  # a stranger
        commands = []
        for folder in self.folders():
            commands += [
                "read",
                f"/sys/fs/cgroup{folder}/cgroup.procs",
                "--",
                "ls",
                f"/sys/fs/cgroup{folder}",
                "--",
            ]
        container = self.ask(containers, *commands[:-1], namespace=namespace)
        result = container.run().succeeded()
        for index in range(len(self.folders())):
            # Seen from its own pid namespace: itself, and no process of a stranger (which shows as 0).
            assert result.record("read", index)["text"].split() == ["1"]
            names = result.record("ls", index)["names"]
            assert not [name for name in names if name.startswith("swiftainer-test")]

    @pytest.mark.parametrize("namespace", [False, True])
    def test_read_only(self, containers, namespace):
        commands = []
        for folder in self.folders():
            commands += ["write", f"/sys/fs/cgroup{folder}/cgroup.procs", "1", "--"]
            commands += ["mkdir", f"/sys/fs/cgroup{folder}/new", "--"]
        result = self.ask(containers, *commands[:-1], namespace=namespace).run().succeeded()
        assert {record["errno"] for record in result.records} == {"EROFS"}

    def test_release_agent_cannot_be_set(self, containers):
        """The v1 way to run a program on the host."""
        if "memory" not in host.hierarchies():
            pytest.skip("no v1 hierarchy here")
        container = self.ask(
            containers,
            "mkdir",
            "/tmp/c",
            "--",
            "mount",
            "/tmp/c",
            "x",
            "cgroup",
            0,
            "memory",
            "--",
            "write",
            "/sys/fs/cgroup/memory/release_agent",
            "/bin/sh",
        )
        result = container.run().succeeded()
        assert result.record("mount")["errno"] == "EPERM"
        assert result.record("write")["errno"] != 0


class TestLengths:
    """CVE-2021-43784: what is long stays whole or is refused, and never wraps."""

    def test_long_environment(self, containers):
        container = containers("env")
        container.process["env"] = ["HOME=/", *(f"V{number}={'v' * 30_000}" for number in range(20))]
        assert container.run().succeeded().record("env")["env"] == container.process["env"]

    def test_beyond_what_the_kernel_takes(self, containers):
        container = containers("env")
        container.process["env"] = ["HOME=/", "LONG=" + "x" * (1 << 18)]
        result = container.run(timeout=15).failed()
        assert "argument list too long" in result.stderr
        assert container.leftovers() == []

    def test_many_mappings(self, containers):
        container = containers("read", "/proc/self/uid_map").map_users()
        mapping = [{"containerID": n, "hostID": 100000 + n, "size": 1} for n in range(300)]
        container.linux["uidMappings"] = mapping
        lines = container.run().succeeded().record("read")["text"].splitlines()
        assert len(lines) == 300

    def test_long_mount_data(self, containers, scratch):
        lower = []
        for number in range(60):
            folder = scratch / f"layer-{number:02}-{'n' * 30}"
            folder.mkdir()
            lower.append(str(folder))
        (scratch / lower[0] / "file").write_text("at the top")
        container = containers("read", "/mnt/file")
        container.mount("/mnt", "overlay", "overlay", [f"lowerdir={':'.join(lower)}"])
        result = container.run()
        if result.code == 0:
            assert result.record("read")["text"] == "at the top"
        else:  # mount(2) takes one page of options
            assert "/mnt" in result.stderr

    def test_many_groups(self, containers):
        container = containers("status")
        container.process["user"]["additionalGids"] = list(range(1, 200))
        assert container.run().succeeded().record("status")["groups"] == list(range(1, 200))


class TestIdentity:
    """Who the payload is, where a loose parser would make it root."""

    @pytest.mark.parametrize("text, uid", [("1", 1), ("01", 1), ("1:0", 1), ("65534", 65534)])
    def test_exec_user(self, containers, text, uid):
        container = containers.up()
        result = container.exec("status", flags=["-u", text])
        if result.code == 0:
            assert result.record("status")["uid"] == uid

    def test_passwd_of_the_image_does_not_decide(self, containers):
        """A name `1` for uid 0 in the image's /etc/passwd."""
        container = containers("pause")
        (container.rootfs / "etc/passwd").write_text("1:x:0:0::/root:/bin/sh\n0:x:1:1::/:/bin/sh\n")
        container.up()
        status = container.exec("status", flags=["-u", "1"]).succeeded().record("status")
        assert status["uid"] == status["euid"] == 1

    @pytest.mark.needs("robust-passwd")
    def test_home_from_a_hostile_passwd(self, containers):
        """Lines that are broken, endless or no text at all."""
        container = containers("env")
        lines = [
            b"root",
            b":::::::",
            b"\xff\xfe:x:0:0::/x:",
            b"root:x:0:0:" + b"g" * 100_000 + b":/root:/bin/sh",
        ]
        (container.rootfs / "etc/passwd").write_bytes(b"\n".join(lines))
        container.process["env"] = ["PATH=/bin"]
        container.run().succeeded()

    def test_passwd_is_a_link_to_the_host(self, containers, victim):
        container = containers("env")
        (container.rootfs / "etc/passwd").unlink()
        (container.rootfs / "etc/passwd").symlink_to("/proc/1/root/etc/passwd")
        container.process["env"] = ["PATH=/bin"]
        container.run(timeout=10)

    @pytest.mark.needs("robust-passwd")
    def test_passwd_is_a_device(self, containers):
        """The runtime is under no device filter: what it opens there, it opens on the host."""
        container = containers("pause")
        passwd = container.rootfs / "etc/passwd"
        passwd.unlink()
        os.mknod(passwd, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        container.process["env"] = ["PATH=/bin"]
        with inotify.opens(passwd) as opened:
            container.up()
            assert "HOME=/" in container.exec("env").succeeded().record("env")["env"]
            assert opened() == 0

    @pytest.mark.needs("robust-passwd")
    def test_passwd_is_a_fifo(self, containers):
        """Opening it must not hang the runtime."""
        container = containers("env")
        (container.rootfs / "etc/passwd").unlink()
        os.mkfifo(container.rootfs / "etc/passwd")
        container.process["env"] = ["PATH=/bin"]
        container.run(timeout=10)


class TestIsolation:
    def test_payload_cannot_signal_the_host(self, containers):
        result = containers("kill", os.getpid(), "0").run().succeeded()
        assert result.record("kill")["errno"] == "ESRCH"

    def test_abstract_sockets_of_the_host(self, containers):
        """They belong to the network namespace."""
        name = f"\0swiftainer-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(name)
            listener.listen()
            text = containers("read", "/proc/net/unix").run().succeeded().record("read")["text"]
            assert name[1:] not in text

    @pytest.mark.parametrize(
        "name, arguments",
        [
            ("kexec_load", []),
            ("init_module", []),
            ("reboot", [0xFEE1DEAD, 672274793, 0]),
            ("swapon", ["s:/x", 0]),
            ("acct", ["s:/x"]),
            ("settimeofday", [0, 0]),
            ("syslog", [5]),
        ],
    )
    def test_calls_upon_the_machine(self, containers, name, arguments):
        errno = containers("syscall", name, *arguments).run().succeeded().record("syscall")["errno"]
        assert (
            errno in ("EPERM", "ENOSYS", "EFAULT", 0)
            if name == "settimeofday"
            else errno in ("EPERM", "ENOSYS")
        )

    def test_device_folder_of_the_host_is_not_the_containers(self, containers):
        names = containers("ls", "/dev").run().succeeded().record("ls")["names"]
        expected = {
            "null",
            "zero",
            "full",
            "random",
            "urandom",
            "tty",
            "ptmx",
            "pts",
            "shm",
            "fd",
            "stdin",
            "stdout",
            "stderr",
            "mqueue",
            "core",
            "console",
        }
        assert set(names) <= expected
