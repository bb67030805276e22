"""mounts, root and rootfsPropagation: what the payload's mountinfo and its writes say."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager

import pytest

from harness import config, host, mappable, strace, wait


def mounts_of(result):
    """The payload's mounts by mount point; of several on one point, the last is seen."""
    return {mount.point: mount for mount in host.mounts(result.record("mounts")["mounts"])}


def mounted(container, destination):
    """Runs the container and returns that one mount as the payload sees it."""
    result = container.payload("mounts").run().succeeded()
    return mounts_of(result)[destination]


@contextmanager
def on_host(folder, *arguments):
    """A mount of the host's while the test needs it."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", *arguments, folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-R", folder], check=True)


@pytest.fixture
def source(scratch):
    """A folder to bind, with a file in it."""
    folder = scratch / "source"
    folder.mkdir()
    (folder / "file").write_text("content")
    return folder


@pytest.fixture
def nested(scratch):
    """A folder to bind with another mount below it."""
    folder = scratch / "nested"
    with on_host(folder, "-t", "tmpfs", "outer"):
        with on_host(folder / "inner", "-t", "tmpfs", "inner"):
            yield folder


@pytest.fixture
def mapped(scratch):
    """A folder that can be idmapped, with another mount below it."""
    with mappable.mounted(scratch / "mapped") as outer, mappable.mounted(outer / "inner"):
        (outer / "file").touch()
        (outer / "inner/file").touch()
        yield outer


FLAGS = {
    # Option, and what mountinfo then says (a leading ! means: does not say)
    "ro": "ro",
    "rw": "rw",
    "nosuid": "nosuid",
    "suid": "!nosuid",
    "nodev": "nodev",
    "dev": "!nodev",
    "noexec": "noexec",
    "exec": "!noexec",
    "noatime": "noatime",
    "atime": "!noatime",
    "nodiratime": "nodiratime",
    "diratime": "!nodiratime",
    "relatime": "relatime",
    "norelatime": "!noatime",
    "strictatime": "!relatime",
    "nostrictatime": "!noatime",
    "nosymfollow": "nosymfollow",
    "symfollow": "!nosymfollow",
    "defaults": "rw",
}
SUPER_FLAGS = [
    "sync",
    "async",
    "dirsync",
    "lazytime",
    "nolazytime",
    "silent",
    "loud",
    "mand",
    "nomand",
    "iversion",
    "noiversion",
]


OLD_RUNC = {
    "symfollow": "does not know it",
    "nosymfollow": "does not know it",
    "lazytime": "hands it to the file system, which refuses it",
    "nolazytime": "hands it to the file system, which refuses it",
    "defaults": "hands it to the file system, which refuses it",
    "ratime": "clears the attribute without MOUNT_ATTR__ATIME, which the kernel refuses",
    "rnostrictatime": "clears the attribute without MOUNT_ATTR__ATIME, which the kernel refuses",
}


def skip_unknown(runtime, option):
    if option in OLD_RUNC and runtime.kind == "runc" and runtime.numbers < (1, 2):
        pytest.skip(f"{option}: runc {runtime.version} {OLD_RUNC[option]}")


def check(options, expectation):
    if expectation.startswith("!"):
        assert expectation[1:] not in options
    else:
        assert expectation in options


class TestOptions:
    @pytest.mark.parametrize("option, expectation", FLAGS.items())
    def test_of_a_new_file_system(self, containers, runtime, option, expectation):
        skip_unknown(runtime, option)
        container = containers().mount("/mnt", "tmpfs", "tmpfs", [option])
        check(mounted(container, "/mnt").options, expectation)

    @pytest.mark.parametrize("option, expectation", FLAGS.items())
    def test_of_a_bind(self, containers, runtime, source, option, expectation):
        skip_unknown(runtime, option)
        container = containers().mount("/mnt", source, "none", ["bind", option])
        check(mounted(container, "/mnt").options, expectation)

    @pytest.mark.parametrize("option", SUPER_FLAGS)
    def test_of_the_superblock(self, containers, runtime, option):
        skip_unknown(runtime, option)
        mount = mounted(containers().mount("/mnt", "tmpfs", "tmpfs", [option]), "/mnt")
        if option in ("sync", "dirsync", "lazytime"):
            assert option in mount.super_options

    def test_several(self, containers, source):
        container = containers().mount(
            "/mnt", source, "bind", ["rbind", "nosuid", "nodev", "noexec", "ro", "noatime"]
        )
        assert {"nosuid", "nodev", "noexec", "ro", "noatime"} <= set(mounted(container, "/mnt").options)

    def test_the_last_of_two_opposites_wins(self, containers):
        container = containers().mount("/mnt", "tmpfs", "tmpfs", ["ro", "nosuid", "rw", "suid"])
        options = mounted(container, "/mnt").options
        assert "rw" in options and "nosuid" not in options

    def test_data_goes_to_the_file_system(self, containers):
        container = containers("stat", "/mnt").mount(
            "/mnt", "tmpfs", "tmpfs", ["size=8192", "mode=700", "uid=12", "gid=13"]
        )
        found = container.run().succeeded().record("stat")
        assert (found["bytes"], found["mode"], found["uid"], found["gid"]) == (8192, 0o700, 12, 13)

    @pytest.mark.parametrize("option", ["no-such-option", "size=twelve", "mode=9"])
    def test_what_nobody_knows_is_refused(self, containers, option):
        result = containers("exit", 0).mount("/mnt", "tmpfs", "tmpfs", [option]).run().failed()
        assert "/mnt" in result.stderr

    def test_noexec_is_enforced(self, containers):
        container = containers("spawn", "/mnt/probe", "exit", 0)
        container.mount("/mnt", container.rootfs / "bin", "bind", ["bind", "noexec"])
        assert container.run().succeeded().record("spawn")["status"] == 126

    def test_read_only_is_enforced(self, containers, source):
        container = containers("write", "/mnt/new", "x", "--", "read", "/mnt/file")
        result = container.mount("/mnt", source, "bind", ["bind", "ro"]).run().succeeded()
        assert result.record("write")["errno"] == "EROFS"
        assert result.record("read")["text"] == "content"

    def test_mode_of_tmpfs_is_the_targets_where_not_given(self, containers):
        container = containers("stat", "/mnt")
        (container.rootfs / "mnt").mkdir(mode=0o751)
        os.chmod(container.rootfs / "mnt", 0o751)
        assert container.mount("/mnt", "tmpfs", "tmpfs", []).run().succeeded().record("stat")["mode"] == 0o751

    def test_mode_of_tmpfs_is_open_to_all_where_the_target_is_made(self, containers):
        container = containers("stat", "/made/anew").mount("/made/anew", "tmpfs", "tmpfs", [])
        assert container.run().succeeded().record("stat")["mode"] == 0o1777

    @pytest.mark.needs("swiftainer")
    def test_target_that_another_container_makes_meanwhile(self, containers, scratch):
        """Two that share a folder: one finds nothing at the target, and the other makes it before the first one can."""
        shared = scratch / "shared"
        shared.mkdir()

        def command():
            container = containers("exit", 0).mount("/mnt", shared).mount("/mnt/below", "tmpfs", "tmpfs", [])
            container.write_config()
            return container.runtime.command("run", "--bundle", container.bundle, container.id, root=container.root)

        (scratch / "trace").mkdir()
        ended, processes = strace.run(command(), scratch / "trace")
        assert ended.returncode == 0, ended
        calls = strace.Launch(processes).init
        made = next(number for number, call in enumerate(calls) if call.name == "mkdirat" and call.path == "below")
        # The last one is for the folder to make it in.
        looks = [call.name for call in calls[:made]].count("openat2") - 1
        (shared / "below").rmdir()

        log = scratch / "log"
        process = subprocess.Popen(
            ["strace", "-f", "-o", log, "-e", "trace=openat2,mkdirat", "-e", f"inject=openat2:signal=STOP:when={looks}",
             *map(str, command())],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait.until(lambda: log.exists() and "stopped by SIGSTOP" in log.read_text(), "the stop of the init")
            line = next(line for line in log.read_text().splitlines() if "stopped by SIGSTOP" in line)
            assert '"below"' not in log.read_text()
            (shared / "below").mkdir()
            os.kill(int(line.split()[0]), signal.SIGCONT)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()


class TestRecursive:
    """The r-options reach mounts below, by mount_setattr(2)."""

    @pytest.mark.parametrize(
        "option, expectation",
        [
            ("rro", "ro"),
            ("rnosuid", "nosuid"),
            ("rnodev", "nodev"),
            ("rnoexec", "noexec"),
            ("rnoatime", "noatime"),
            ("rnodiratime", "nodiratime"),
            ("rrelatime", "relatime"),
            ("rnosymfollow", "nosymfollow"),
            ("rrw", "rw"),
            ("rsuid", "!nosuid"),
            ("rdev", "!nodev"),
            ("rexec", "!noexec"),
            ("ratime", "!noatime"),
            ("rdiratime", "!nodiratime"),
            ("rstrictatime", "!relatime"),
            ("rnorelatime", "!noatime"),
            ("rnostrictatime", "!noatime"),
            ("rsymfollow", "!nosymfollow"),
        ],
    )
    def test_reaches_below(self, containers, runtime, nested, option, expectation):
        skip_unknown(runtime, option)
        container = containers("mounts").mount("/mnt", nested, "bind", ["rbind", option])
        found = mounts_of(container.run().succeeded())
        check(found["/mnt"].options, expectation)
        check(found["/mnt/inner"].options, expectation)

    @pytest.mark.parametrize(
        "option, flag",
        [
            ("rrw", "ro"),
            ("rsuid", "nosuid"),
            ("rdev", "nodev"),
            ("rexec", "noexec"),
            ("ratime", "noatime"),
            ("rstrictatime", "noatime"),
            ("rrelatime", "noatime"),
            ("rdiratime", "nodiratime"),
        ],
    )
    def test_takes_away_what_the_source_has(self, containers, runtime, nested, option, flag):
        skip_unknown(runtime, option)
        for folder in (nested, nested / "inner"):
            subprocess.run(["mount", "-o", f"remount,bind,{flag}", folder], check=True)
        container = containers("mounts").mount("/mnt", nested, "bind", ["rbind", option])
        found = mounts_of(container.run().succeeded())
        assert flag not in found["/mnt"].options
        assert flag not in found["/mnt/inner"].options

    def test_plain_ro_does_not(self, containers, nested):
        container = containers("mounts").mount("/mnt", nested, "bind", ["rbind", "ro"])
        found = mounts_of(container.run().succeeded())
        assert "ro" in found["/mnt"].options
        assert "rw" in found["/mnt/inner"].options

    def test_host_side_is_untouched(self, containers, nested):
        containers("exit", 0).mount("/mnt", nested, "bind", ["rbind", "rro"]).run().succeeded()
        (nested / "inner" / "file").write_text("still writable")

    def test_bind_alone_leaves_out_what_is_below(self, containers, nested):
        container = containers("mounts").mount("/mnt", nested, "bind", ["bind"])
        assert "/mnt/inner" not in mounts_of(container.run().succeeded())


class TestBind:
    def test_file(self, containers, source):
        container = containers("read", "/etc/passwd").mount(
            "/etc/passwd", source / "file", "bind", ["bind", "ro"]
        )
        assert container.run().succeeded().record("read")["text"] == "content"

    def test_target_is_made_as_what_the_source_is(self, containers, source):
        container = containers("stat", "/a/new/file", "--", "stat", "/another/new/folder")
        container.mount("/a/new/file", source / "file").mount("/another/new/folder", source)
        result = container.run().succeeded()
        assert result.record("stat", 0)["type"] == "file"
        assert result.record("stat", 1)["type"] == "folder"

    def test_socket(self, containers, scratch):
        path = scratch / "s"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            container = containers("connect", "/run/s", "hello").mount("/run/s", path)
            assert container.run().succeeded().record("connect")["errno"] == 0
            peer, _ = listener.accept()
            assert peer.recv(100) == b"hello"
            peer.close()

    def test_device(self, containers):
        container = containers("stat", "/dev/mine").mount("/dev/mine", "/dev/zero")
        found = container.run().succeeded().record("stat")
        assert (found["type"], found["major"], found["minor"]) == ("char", 1, 5)

    def test_relative_source_starts_at_the_bundle(self, containers):
        container = containers("read", "/mnt/file")
        (container.bundle / "data").mkdir()
        (container.bundle / "data" / "file").write_text("beside the config")
        container.mount("/mnt", "data")
        assert container.run(cwd="/").succeeded().record("read")["text"] == "beside the config"

    def test_source_may_be_a_link(self, containers, scratch, source):
        (scratch / "link").symlink_to(source)
        container = containers("read", "/mnt/file").mount("/mnt", scratch / "link")
        assert container.run().succeeded().record("read")["text"] == "content"

    def test_writes_reach_the_host(self, containers, source):
        containers("write", "/mnt/new", "from inside").mount("/mnt", source).run().succeeded()
        assert (source / "new").read_text() == "from inside"

    def test_missing_source(self, containers, scratch):
        result = containers("exit", 0).mount("/mnt", scratch / "nothing").run().failed()
        assert "no such file or directory" in result.stderr
        assert str(scratch / "nothing") in result.stderr

    def test_folder_upon_file(self, containers, source):
        result = containers("exit", 0).mount("/etc/passwd", source).run().failed()
        assert "not a directory" in result.stderr
        assert "/etc/passwd" in result.stderr

    def test_file_upon_folder(self, containers, source):
        result = containers("exit", 0).mount("/etc", source / "file").run().failed()
        assert "not a directory" in result.stderr or "is a directory" in result.stderr

    def test_type_may_be_anything_with_bind(self, containers, source):
        for kind in ("bind", "none", "ext4"):
            container = containers("read", "/mnt/file").mount("/mnt", source, kind, ["bind"])
            assert container.run().succeeded().record("read")["text"] == "content"

    def test_name_with_blanks_and_newlines(self, containers, scratch):
        odd = scratch / "a b\n\\c"
        odd.mkdir()
        (odd / "file").write_text("odd")
        container = containers("read", "/m n\n\\t/file").mount("/m n\n\\t", odd)
        assert container.run().succeeded().record("read")["text"] == "odd"


class TestTarget:
    def test_absolute_link_stays_inside(self, containers, source):
        container = containers("read", "/real/file")
        (container.rootfs / "real").mkdir()
        (container.rootfs / "link").symlink_to("/real")
        assert container.mount("/link", source).run().succeeded().record("read")["text"] == "content"

    def test_dots_stay_inside(self, containers, source, scratch):
        container = containers("read", "/outside/file")
        (container.rootfs / "link").symlink_to("../../../../../../outside")
        assert container.mount("/link", source).run().succeeded().record("read")["text"] == "content"
        assert not os.path.lexists("/outside")

    def test_link_in_the_middle(self, containers, source):
        container = containers("read", "/real/deep/file")
        (container.rootfs / "real").mkdir()
        (container.rootfs / "link").symlink_to("/real")
        assert container.mount("/link/deep", source).run().succeeded().record("read")["text"] == "content"

    def test_links_in_a_circle_are_refused(self, containers, source):
        container = containers("exit", 0)
        (container.rootfs / "a").symlink_to("b")
        (container.rootfs / "b").symlink_to("a")
        container.mount("/a", source).run().failed()

    def test_dots_in_the_destination(self, containers, source):
        container = containers("read", "/mnt/file").mount("/tmp/../../../mnt/.", source)
        assert container.run().succeeded().record("read")["text"] == "content"

    def test_trailing_slash(self, containers, source):
        container = containers("read", "/mnt/file").mount("/mnt/", source)
        assert container.run().succeeded().record("read")["text"] == "content"

    def test_inside_another_mount(self, containers, source):
        container = containers("read", "/mnt/deep/er/file", "--", "mounts")
        container.mount("/mnt", "tmpfs", "tmpfs", []).mount("/mnt/deep/er", source)
        result = container.run().succeeded()
        assert result.record("read")["text"] == "content"
        assert not (container.rootfs / "mnt/deep").exists()

    def test_order_decides_what_is_seen(self, containers, source):
        container = containers("ls", "/mnt")
        container.mount("/mnt/deep", source).mount("/mnt", "tmpfs", "tmpfs", [])
        assert container.run().succeeded().record("ls")["names"] == []

    def test_twice_on_one_point(self, containers, source):
        container = containers("ls", "/mnt").mount("/mnt", "tmpfs", "tmpfs", []).mount("/mnt", source)
        assert container.run().succeeded().record("ls")["names"] == ["file"]

    def test_in_a_read_only_root(self, containers, source):
        container = containers("read", "/not/there/yet/file").mount("/not/there/yet", source)
        container.config["root"]["readonly"] = True
        assert container.run().succeeded().record("read")["text"] == "content"

    def test_many(self, containers, source):
        container = containers("mounts")
        for number in range(150):
            container.mount(f"/mnt/{number}", source)
        found = mounts_of(container.run().succeeded())
        assert all(f"/mnt/{number}" in found for number in range(150))

    def test_long_names(self, containers, source):
        destination = "/" + "/".join(["d" * 200] * 15)
        container = containers("read", f"{destination}/file").mount(destination, source)
        assert container.run().succeeded().record("read")["text"] == "content"


class TestCopyUp:
    def test_content_and_attributes(self, containers):
        container = containers(
            "read",
            "/data/file",
            "--",
            "stat",
            "/data",
            "--",
            "stat",
            "/data/sub/own",
            "--",
            "readlink",
            "/data/link",
            "--",
            "write",
            "/data/file",
            "changed",
            "--",
            "mounts",
        )
        data = container.rootfs / "data"
        (data / "sub").mkdir(parents=True)
        (data / "file").write_text("original")
        (data / "sub/own").write_text("x")
        os.chown(data / "sub/own", 7, 8)
        os.chmod(data / "sub/own", 0o640)
        os.chmod(data, 0o750)
        (data / "link").symlink_to("file")
        container.mount("/data", "tmpfs", "tmpfs", ["tmpcopyup", "size=1m"])
        result = container.run().succeeded()
        assert result.record("read")["text"] == "original"
        assert result.record("stat", 0)["mode"] == 0o750
        own = result.record("stat", 1)
        assert (own["uid"], own["gid"], own["mode"]) == (7, 8, 0o640)
        assert result.record("readlink")["target"] == "file"
        assert result.record("write")["errno"] == 0
        assert mounts_of(result)["/data"].kind == "tmpfs"
        assert (data / "file").read_text() == "original"

    def test_without_it_the_tmpfs_is_empty(self, containers):
        container = containers("ls", "/etc").mount("/etc", "tmpfs", "tmpfs", [])
        assert container.run().succeeded().record("ls")["names"] == []


class TestRemount:
    """`remount` changes what an earlier entry has mounted, and mounts nothing."""

    def test_flags_of_a_bind(self, containers, source):
        container = containers("write", "/mnt/new", "x", "--", "mounts")
        container.mount("/mnt", source, "bind", ["bind"]).mount("/mnt", source, "bind", ["remount", "bind", "ro", "nosuid"])
        result = container.run().succeeded()
        assert result.record("write")["errno"] == "EROFS"
        assert {"ro", "nosuid"} <= set(mounts_of(result)["/mnt"].options)
        points = [mount.point for mount in host.mounts(result.record("mounts")["mounts"])]
        assert points.count("/mnt") == 1

    def test_flags_are_those_of_this_mount_alone(self, containers, source):
        container = containers("write", "/a/new", "x", "--", "write", "/b/new", "x")
        container.mount("/a", source, "bind", ["bind"]).mount("/b", source, "bind", ["bind"])
        container.mount("/a", source, "bind", ["remount", "bind", "ro"])
        result = container.run().succeeded()
        assert result.record("write", 0)["errno"] == "EROFS" and result.record("write", 1)["errno"] == 0
        (source / "host").write_text("still writable outside")

    def test_flags_are_taken_back(self, containers, source):
        container = containers().mount("/mnt", source, "bind", ["bind", "ro", "noexec"])
        container.mount("/mnt", source, "bind", ["remount", "bind", "rw", "exec", "nodev"])
        options = mounted(container, "/mnt").options
        assert "rw" in options and "nodev" in options and "noexec" not in options

    @pytest.mark.needs("swiftainer")
    def test_what_is_not_named_stays(self, containers, source):
        """runc hands the flags to mount(2) as they are, which clears all others."""
        container = containers().mount("/mnt", source, "bind", ["bind", "nosuid", "noatime"])
        container.mount("/mnt", "none", "none", ["remount", "bind", "ro"])
        assert {"ro", "nosuid", "noatime"} <= set(mounted(container, "/mnt").options)

    def test_size_of_a_tmpfs(self, containers):
        container = containers().mount("/mnt", "tmpfs", "tmpfs", ["size=1m", "mode=0711"])
        container.mount("/mnt", "tmpfs", "tmpfs", ["remount", "size=2m"])
        mount = mounted(container, "/mnt")
        assert "size=2048k" in mount.super_options and "mode=711" in mount.super_options

    def test_read_only_file_system(self, containers):
        """Without `bind` it is read-only for all its mounts; what was put in before stays."""
        container = containers("write", "/mnt/new", "x", "--", "ls", "/mnt", "--", "mounts")
        container.mount("/mnt", "tmpfs", "tmpfs", []).mount("/mnt/below", "tmpfs", "tmpfs", [])
        container.mount("/mnt", "tmpfs", "tmpfs", ["remount", "ro"])
        result = container.run().succeeded()
        assert result.record("write")["errno"] == "EROFS"
        assert result.record("ls")["names"] == ["below"]
        mount = mounts_of(result)["/mnt"]
        assert "ro" in mount.options
        if container.runtime.kind == "swiftainer":  # runc makes a tmpfs read-only in the end, and its mount alone
            assert "ro" in mount.super_options
        assert "rw" in mounts_of(result)["/mnt/below"].options

    @pytest.mark.needs("swiftainer")
    def test_writable_again(self, containers):
        """runc makes a tmpfs read-only after all other mounts, whatever was said in between."""
        container = containers("write", "/mnt/new", "x").mount("/mnt", "tmpfs", "tmpfs", ["ro"])
        container.mount("/mnt", "tmpfs", "tmpfs", ["remount", "rw"])
        assert container.run().succeeded().record("write")["errno"] == 0

    def test_proc(self, containers):
        container = containers().mount("/proc", "proc", "proc", ["remount", "nosuid", "nodev", "noexec", "hidepid=2"])
        mount = mounted(container, "/proc")
        assert {"nosuid", "nodev", "noexec"} <= set(mount.options)
        assert any(option.startswith("hidepid=") for option in mount.super_options)

    @pytest.mark.needs("swiftainer")
    def test_dev_is_still_filled(self, containers):
        """runc takes any bind on /dev for the host's, and makes nothing in it."""
        container = containers("stat", "/dev/null", "--", "mounts")
        container.mount("/dev", "tmpfs", "bind", ["remount", "bind", "noexec", "nosuid"])
        result = container.run().succeeded()
        assert result.record("stat")["type"] == "char"
        assert "noexec" in mounts_of(result)["/dev"].options

    def test_propagation(self, containers, source):
        container = containers().mount("/mnt", source, "bind", ["bind"])
        container.mount("/mnt", source, "bind", ["remount", "bind", "nosuid", "shared"])
        mount = mounted(container, "/mnt")
        assert "nosuid" in mount.options and any(tag.startswith("shared:") for tag in mount.tags)

    @pytest.mark.needs("swiftainer")
    def test_recursive_options_reach_below(self, containers, nested):
        container = containers().mount("/mnt", nested, "bind", ["rbind"])
        container.mount("/mnt", nested, "bind", ["remount", "bind", "rnosuid", "ro"])
        mounts = mounts_of(container.payload("mounts").run().succeeded())
        assert {"ro", "nosuid"} <= set(mounts["/mnt"].options)
        below = mounts["/mnt/inner"].options
        assert "nosuid" in below and "ro" not in below

    def test_through_a_link(self, containers, source):
        container = containers()
        (container.rootfs / "real").mkdir()
        (container.rootfs / "link").symlink_to("/real")
        container.mount("/real", source, "bind", ["bind"]).mount("/link", source, "bind", ["remount", "bind", "ro"])
        assert "ro" in mounted(container, "/real").options

    @pytest.mark.parametrize("options", [["remount", "bind", "ro"], ["remount", "ro"]], ids=["bind", "file-system"])
    def test_where_nothing_is_mounted(self, containers, source, options):
        container = containers()
        (container.rootfs / "mnt").mkdir(exist_ok=True)
        error = container.mount("/mnt", source, "tmpfs", options).try_create().failed().stderr
        if container.runtime.kind == "swiftainer":
            assert "remount /mnt (mounts[5]): nothing is mounted there" in error

    def test_missing_target_is_not_made(self, containers, source):
        container = containers().mount("/missing/one", source, "tmpfs", ["remount", "ro"])
        container.try_create().failed()
        if container.runtime.kind == "swiftainer":
            assert not (container.rootfs / "missing").exists()

    @pytest.mark.needs("swiftainer")
    def test_option_that_the_file_system_refuses(self, containers):
        container = containers().mount("/mnt", "tmpfs", "tmpfs", ["size=1m"])
        error = container.mount("/mnt", "tmpfs", "tmpfs", ["remount", "flavour=mint"]).try_create().failed().stderr
        assert "remount /mnt: fsconfig: tmpfs: Unknown parameter 'flavour'" in error

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("destination, kind, options, told", [
        ("/mnt", "tmpfs", ["remount", "bind", "size=2m"], "mounts[5].options: size=2m is not an option of a mount"),
        ("/mnt", "tmpfs", ["remount", "tmpcopyup"], "mounts[5].options: tmpcopyup"),
        ("/", "none", ["remount", "bind", "nosuid"], "mounts[5].destination: must not be the root"),
        ("/proc/sys", "none", ["remount", "bind", "rw"], "mounts[5].destination: /proc/sys is inside /proc"),
    ])
    def test_refused(self, containers, destination, kind, options, told):
        error = containers().mount(destination, "none", kind, options).try_create().failed().stderr
        assert told in error

    @pytest.mark.needs("swiftainer")
    def test_link_into_proc_is_refused(self, containers):
        container = containers()
        (container.rootfs / "link").symlink_to("/proc")
        error = container.mount("/link", "none", "none", ["remount", "bind", "noexec"]).try_create().failed().stderr
        assert "leads into /proc" in error

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("option, allowed", [("ro", True), ("suid", False), ("dev", False), ("exec", False)])
    def test_locked_flags_in_a_user_namespace(self, containers, option, allowed):
        """What a mount from outside forbids cannot be had inside, and need not be repeated to change another.

        runc has to repeat it, since for it every flag that is not named is taken back.
        """
        container = containers().map_users()
        with on_host(container.rootfs / "locked", "-t", "tmpfs", "-o", "nosuid,nodev,noexec,mode=755", "locked"):
            container.mount("/locked", "none", "none", ["remount", "bind", option])
            if allowed:
                assert {"ro", "nosuid", "nodev", "noexec"} <= set(mounted(container, "/locked").options)
            else:
                error = container.try_create().failed().stderr
                assert "remount /locked: mount_setattr: operation not permitted (in a user namespace" in error

    @pytest.mark.needs("swiftainer")
    def test_file_system_of_the_host_is_out_of_reach_in_a_user_namespace(self, containers, scratch):
        with on_host(scratch / "outside", "-t", "tmpfs", "outside") as folder:
            container = containers().map_users()
            container.mount("/mnt", folder, "bind", ["rbind"]).mount("/mnt", folder, "none", ["remount", "ro"])
            assert "operation not permitted" in container.try_create().failed().stderr
            (folder / "file").write_text("still writable")


class TestPropagation:
    def test_private_by_default_towards_the_host(self, containers, scratch):
        """Nothing that is mounted inside appears on the host."""
        container = containers("mount", "/mnt/x", "none", "tmpfs", "--", "pause")
        for kind in ("bounding", "effective", "permitted"):
            container.process["capabilities"][kind].append("CAP_SYS_ADMIN")
        (container.rootfs / "mnt/x").mkdir(parents=True)
        container.create().start()
        assert container.output.record("mount")["errno"] == 0
        assert [mount.point for mount in host.mounts() if container.owns(mount.point)] == []

    @pytest.mark.needs("root-propagation")
    @pytest.mark.parametrize(
        "value, present, absent",
        [
            ("shared", "shared:", "unbindable"),
            ("slave", "", "shared:"),
            ("private", "", "shared:"),
            ("unbindable", "unbindable", "shared:"),
        ],
    )
    def test_of_the_root(self, containers, scratch, value, present, absent):
        with on_host(scratch / "shared", "-t", "tmpfs", "shared") as folder:
            subprocess.run(["mount", "--make-shared", folder], check=True)
            container = containers("mounts")
            moved = folder / "rootfs"
            subprocess.run(["cp", "-a", container.rootfs, moved], check=True)
            container.config["root"]["path"] = str(moved)
            container.linux["rootfsPropagation"] = value
            tags = " ".join(mounts_of(container.run().succeeded())["/"].tags)
        assert present in tags
        assert absent not in tags

    @pytest.mark.parametrize(
        "option, arrives", [("rslave", True), ("slave", True), ("rprivate", False), ("rshared", True)]
    )
    def test_from_the_host(self, containers, scratch, option, arrives):
        with on_host(scratch / "shared", "-t", "tmpfs", "shared") as folder:
            subprocess.run(["mount", "--make-shared", folder], check=True)
            (folder / "late").mkdir()
            container = containers("pause").mount("/mnt", folder, "bind", ["rbind", option])
            container.up()
            subprocess.run(["mount", "-t", "tmpfs", "late", folder / "late"], check=True)
            (folder / "late" / "here").touch()
            names = container.exec("ls", "/mnt/late").succeeded().record("ls")["names"]
            assert names == (["here"] if arrives else [])
            container.delete("--force").succeeded()

    def test_towards_the_host_with_rshared(self, containers, scratch):
        with on_host(scratch / "shared", "-t", "tmpfs", "shared") as folder:
            subprocess.run(["mount", "--make-shared", folder], check=True)
            (folder / "inner").mkdir()
            container = containers("mount", "/mnt/inner", "none", "tmpfs", "--", "pause")
            container.mount("/mnt", folder, "bind", ["rbind", "rshared"])
            container.linux["rootfsPropagation"] = "shared"  # else the host's peers are already cut off
            for kind in ("bounding", "effective", "permitted"):
                container.process["capabilities"][kind].append("CAP_SYS_ADMIN")
            container.create().start()
            assert container.output.record("mount")["errno"] == 0
            assert str(folder / "inner") in {mount.point for mount in host.mounts()}
            container.delete("--force").succeeded()

    @pytest.mark.parametrize(
        "option, tag", [("unbindable", "unbindable"), ("runbindable", "unbindable"), ("private", None)]
    )
    def test_of_one_mount(self, containers, source, option, tag):
        tags = mounted(containers().mount("/mnt", source, "bind", ["bind", option]), "/mnt").tags
        assert tags == ((tag,) if tag else ())


class TestRoot:
    def test_read_only(self, containers):
        container = containers(
            "write", "/new", "x", "--", "write", "/dev/shm/new", "x", "--", "open", "/dev/null", "w"
        )
        container.config["root"]["readonly"] = True
        result = container.run().succeeded()
        assert result.record("write", 0)["errno"] == "EROFS"
        assert result.record("write", 1)["errno"] == 0
        assert result.record("open")["errno"] == 0

    def test_writable_by_default(self, containers):
        container = containers("write", "/new", "written")
        del container.config["root"]["readonly"]
        container.run().succeeded()
        assert (container.rootfs / "new").read_text() == "written"

    def test_nothing_of_the_host_is_seen(self, containers):
        result = containers("mounts", "--", "ls", "/").run().succeeded()
        asked = {"/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/sys"}
        extra = set(mounts_of(result)) - asked
        allowed = ("/proc/", "/sys/firmware", "/dev/")
        assert all(point.startswith(allowed) for point in extra), extra
        assert "etc" in result.record("ls")["names"]

    def test_dots_at_the_root_lead_nowhere(self, containers):
        result = containers("stat", "/", "--", "stat", "/..", "--", "stat", "/../../..").run().succeeded()
        assert len({(found["dev"], found["ino"]) for found in result.records}) == 1

    def test_without_pivot(self, containers):
        result = containers("ls", "/", "--", "mounts").run("--no-pivot").succeeded()
        assert "etc" in result.record("ls")["names"]

    def test_on_a_file_system_of_its_own(self, containers, scratch):
        with on_host(scratch / "own", "-t", "tmpfs", "own") as folder:
            container = containers("ls", "/bin")
            subprocess.run(["cp", "-a", f"{container.rootfs}/.", folder], check=True)
            container.config["root"]["path"] = str(folder)
            assert container.run().succeeded().record("ls")["names"] == ["probe"]

    def test_on_an_overlay(self, containers, scratch):
        container = containers("write", "/new", "x")
        for name in ("upper", "work"):
            (scratch / name).mkdir()
        options = f"lowerdir={container.rootfs},upperdir={scratch}/upper,workdir={scratch}/work"
        with on_host(scratch / "merged", "-t", "overlay", "overlay", "-o", options) as folder:
            container.config["root"]["path"] = str(folder)
            container.run().succeeded()
        assert (scratch / "upper/new").read_text() == "x"
        assert not (container.rootfs / "new").exists()

    @pytest.mark.needs("no-proc")
    def test_without_a_mount_of_proc(self, containers):
        container = containers("status")
        config.drop_mount(container.config, "/proc")
        for key in ("maskedPaths", "readonlyPaths"):
            container.linux[key] = []
        assert container.run().succeeded().record("status")["uid"] == 0

    @pytest.mark.needs("no-proc")
    def test_with_no_mounts_at_all(self, containers):
        container = containers("status")
        container.config["mounts"] = []
        for key in ("maskedPaths", "readonlyPaths"):
            container.linux[key] = []
        assert container.run().succeeded().record("status")["uid"] == 0


class TestHiding:
    def test_masked_file(self, containers):
        container = containers(
            "read", "/etc/passwd", "--", "stat", "/etc/passwd", "--", "write", "/etc/passwd", "x"
        )
        container.linux["maskedPaths"] = ["/etc/passwd"]
        result = container.run().succeeded()
        assert result.record("read")["text"] == ""
        found = result.record("stat")
        assert (found["type"], found["major"], found["minor"]) == ("char", 1, 3)
        assert "root" in (container.rootfs / "etc/passwd").read_text()

    def test_masked_folder(self, containers):
        container = containers("ls", "/etc", "--", "write", "/etc/new", "x")
        container.linux["maskedPaths"] = ["/etc"]
        result = container.run().succeeded()
        assert result.record("ls")["names"] == []
        assert result.record("write")["errno"] == "EROFS"

    def test_masked_proc(self, containers):
        result = (
            containers(
                "read",
                "/proc/keys",
                "--",
                "ls",
                "/proc/acpi",
                "--",
                "open",
                "/proc/kcore",
                "r",
                "--",
                "read",
                "/proc/timer_list",
            )
            .run()
            .succeeded()
        )
        for record in result.records:
            assert record.get("text", "") in ("", None)
            assert record.get("names", []) == []

    def test_what_is_not_there_is_passed_over(self, containers):
        container = containers("exit", 4)
        container.linux["maskedPaths"] = ["/nowhere", "/proc/nowhere"]
        container.linux["readonlyPaths"] = ["/nowhere", "/proc/nowhere"]
        assert container.run().code == 4

    def test_read_only_folder(self, containers):
        container = containers("write", "/etc/new", "x", "--", "read", "/etc/passwd")
        container.linux["readonlyPaths"] = ["/etc"]
        result = container.run().succeeded()
        assert result.record("write")["errno"] == "EROFS"
        assert "root" in result.record("read")["text"]

    def test_read_only_file(self, containers):
        container = containers("write", "/etc/passwd", "x", "--", "write", "/etc/new", "x")
        container.linux["readonlyPaths"] = ["/etc/passwd"]
        result = container.run().succeeded()
        assert result.record("write", 0)["errno"] == "EROFS"
        assert result.record("write", 1)["errno"] == 0

    def test_read_only_proc_sys(self, containers):
        result = containers("write", "/proc/sys/kernel/hostname", "x").run().succeeded()
        assert result.record("write")["errno"] == "EROFS"

    def test_flags_of_what_is_made_read_only_are_kept(self, containers):
        container = containers("mounts").mount("/mnt", "tmpfs", "tmpfs", ["nosuid", "nodev", "noexec"])
        container.linux["readonlyPaths"] = ["/mnt"]
        assert {"ro", "nosuid", "nodev", "noexec"} <= set(
            mounts_of(container.run().succeeded())["/mnt"].options
        )

    def test_links_are_followed_inside_only(self, containers):
        container = containers("read", "/etc/group")
        (container.rootfs / "link").symlink_to("/etc/group")
        container.linux["maskedPaths"] = ["/link"]
        assert container.run().succeeded().record("read")["text"] == ""
        assert "root" in open("/etc/group").read()


class TestDevices:
    DEFAULT = {
        "null": (1, 3),
        "zero": (1, 5),
        "full": (1, 7),
        "random": (1, 8),
        "urandom": (1, 9),
        "tty": (5, 0),
    }

    @pytest.mark.parametrize("name", DEFAULT)
    def test_default(self, containers, name):
        found = containers("stat", f"/dev/{name}").run().succeeded().record("stat")
        assert (found["type"], found["major"], found["minor"]) == ("char", *self.DEFAULT[name])
        assert found["mode"] == 0o666

    @pytest.mark.parametrize(
        "name, target",
        [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
            ("ptmx", "pts/ptmx"),
        ],
    )
    def test_links(self, containers, name, target):
        found = containers("readlink", f"/dev/{name}").run().succeeded().record("readlink")
        assert found["target"] == target

    def test_they_work(self, containers):
        result = (
            containers(
                "write",
                "/dev/null",
                "x",
                "--",
                "write",
                "/dev/full",
                "x",
                "--",
                "open",
                "/dev/ptmx",
                "rw",
                "--",
                "open",
                "/dev/urandom",
                "r",
            )
            .run()
            .succeeded()
        )
        assert [record["errno"] for record in result.records] == [0, "ENOSPC", 0, 0]

    def test_no_console_without_a_terminal(self, containers):
        assert containers("stat", "/dev/console").run().succeeded().record("stat")["errno"] == "ENOENT"

    @pytest.mark.parametrize("kind, expected", [("c", "char"), ("u", "char"), ("p", "fifo"), ("b", "block")])
    def test_asked_for(self, containers, kind, expected):
        container = containers("stat", "/dev/deep/mine")
        device = {"path": "/dev/deep/mine", "type": kind, "fileMode": 0o640, "uid": 3, "gid": 4}
        if kind != "p":
            device.update(major=7, minor=200)
        container.linux["devices"] = [device]
        found = container.run().succeeded().record("stat")
        assert (found["type"], found["mode"], found["uid"], found["gid"]) == (expected, 0o640, 3, 4)
        if kind != "p":
            assert (found["major"], found["minor"]) == (7, 200)

    def test_use_needs_a_rule(self, containers):
        """A node without driver answers ENXIO where the device filter lets it pass, else EPERM."""
        container = containers("open", "/dev/allowed", "r", "--", "open", "/dev/denied", "r")
        device = {"type": "c", "major": 240, "fileMode": 0o666, "uid": 0, "gid": 0}
        container.linux["devices"] = [
            {**device, "path": "/dev/allowed", "minor": 11},
            {**device, "path": "/dev/denied", "minor": 12},
        ]
        container.resources["devices"].append(
            {"allow": True, "type": "c", "major": 240, "minor": 11, "access": "r"}
        )
        result = container.run().succeeded()
        assert [record["errno"] for record in result.records] == ["ENXIO", "EPERM"]

    def test_umask_does_not_narrow_modes(self, containers):
        before = os.umask(0o077)
        try:
            found = containers("stat", "/dev/null").run().succeeded().record("stat")
        finally:
            os.umask(before)
        assert found["mode"] == 0o666


class TestIdmap:
    @pytest.mark.needs("idmap")
    def test_ownership_is_translated(self, containers, mapped):
        os.chown(mapped / "file", 5, 6)
        container = containers("stat", "/mnt/file").map_users(100000)
        mapping = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        container.mount("/mnt", mapped, "bind", ["rbind", "idmap"], uidMappings=mapping, gidMappings=mapping)
        found = container.run().succeeded().record("stat")
        assert (found["uid"], found["gid"]) == (5, 6)

    @pytest.mark.needs("idmap")
    def test_without_a_user_namespace(self, containers, mapped):
        os.chown(mapped / "file", 5, 6)
        container = containers("stat", "/mnt/file")
        mapping = [{"containerID": 0, "hostID": 1000, "size": 1000}]
        container.mount("/mnt", mapped, "bind", ["rbind", "idmap"], uidMappings=mapping, gidMappings=mapping)
        found = container.run().succeeded().record("stat")
        assert (found["uid"], found["gid"]) == (1005, 1006)

    @pytest.mark.needs("idmap")
    def test_recursive(self, containers, mapped):
        mapping = [{"containerID": 0, "hostID": 1000, "size": 1000}]
        for option, expected in (("idmap", 0), ("ridmap", 1000)):
            container = containers("stat", "/mnt/inner/file")
            container.mount(
                "/mnt", mapped, "bind", ["rbind", option], uidMappings=mapping, gidMappings=mapping
            )
            assert container.run().succeeded().record("stat")["uid"] == expected


class TestFileSystems:
    @pytest.mark.parametrize("kind", ["tmpfs", "proc", "sysfs", "mqueue", "ramfs"])
    def test_kind(self, containers, kind):
        destination = {"proc": "/proc", "sysfs": "/sys"}.get(kind, "/mnt")
        container = containers("mounts")
        config.drop_mount(container.config, destination)
        container.config["mounts"].insert(0, {"destination": destination, "type": kind, "source": kind})
        assert mounts_of(container.run().succeeded())[destination].kind == kind

    def test_overlay_as_a_mount(self, containers, scratch, source):
        for name in ("upper", "work"):
            (scratch / name).mkdir()
        container = containers("read", "/mnt/file", "--", "write", "/mnt/new", "x")
        container.mount(
            "/mnt",
            "overlay",
            "overlay",
            [f"lowerdir={source}", f"upperdir={scratch}/upper", f"workdir={scratch}/work"],
        )
        assert container.run().succeeded().record("read")["text"] == "content"
        assert (scratch / "upper/new").exists()

    def test_unknown_one(self, containers):
        result = containers("exit", 0).mount("/mnt", "x", "nosuchfs", []).run().failed()
        assert "no such device" in result.stderr

    def test_devpts_is_the_containers_own(self, containers):
        names = containers("ls", "/dev/pts").run().succeeded().record("ls")["names"]
        assert names == ["ptmx"]


class TestSysfs:
    def test_network_is_the_containers(self, containers):
        assert containers("ls", "/sys/class/net").run().succeeded().record("ls")["names"] == ["lo"]

    def test_read_only(self, containers):
        assert "ro" in mounted(containers(), "/sys").options
