"""`swiftainer run`: volumes, mounts and the read-only root, as the payload experiences them."""

import os

import pytest

from engine_fixtures import engine  # noqa: F401
from harness import host
from harness.engine import call
from run_fixtures import box, everyday  # noqa: F401


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
        result = call(["unshare", "-m", "sh", "-c", f"mount -t tmpfs none {scratch}/below && {words}"])
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

    def test_order_is_of_no_account(self, everyday, scratch):
        """A folder is mounted before what is mounted below it."""
        for name in "ab":
            (scratch / name).mkdir()
        flags = ["-v", f"{scratch}/b:/x/b", "-v", f"{scratch}/a:/x"]
        everyday.run(*flags, everyday.box, "touch", "/x/1", "/x/b/2").succeeded()
        assert (scratch / "a/1").exists() and (scratch / "b/2").exists()

    @pytest.mark.parametrize("word, errno", [("", 0), (",bind-recursive=disabled", "ENOENT"), (",bind-nonrecursive", "ENOENT")])
    def test_what_is_mounted_below(self, everyday, scratch, word, errno):
        (scratch / "below").mkdir()
        words = everyday.command("--mount", f"type=bind,source={scratch},target=/data{word}", everyday.box, "probe", "stat", "/data/below/x")
        script = f"mount -t tmpfs none {scratch}/below && touch {scratch}/below/x && {' '.join(words)}"
        assert call(["unshare", "-m", "sh", "-c", script]).record("stat")["errno"] == errno


class TestTmpfs:
    def mount(self, everyday, text):
        result = everyday.probe("stat", "/data", "--", "mounts", flags=["--tmpfs", text])
        [mount] = [m for m in host.mounts(result.record("mounts")["mounts"]) if m.point == "/data"]
        return result.record("stat"), mount

    def test_plain(self, everyday):
        found, mount = self.mount(everyday, "/data")
        assert (found["mode"], found["magic"]) == (0o1777, 0x01021994)
        assert {"nosuid", "nodev", "noexec", "rw"} <= set(mount.options)

    def test_options(self, everyday):
        found, mount = self.mount(everyday, "/data:exec,size=1m,mode=750,uid=5,gid=6")
        assert (found["bytes"], found["mode"], found["uid"], found["gid"]) == (1 << 20, 0o750, 5, 6)
        assert "noexec" not in mount.options and "nosuid" in mount.options

    def test_folder_that_is_there_keeps_its_mode(self, everyday):
        mode = (everyday.box / "root").stat().st_mode & 0o7777
        assert everyday.probe("stat", "/root", flags=["--tmpfs", "/root"]).record("stat")["mode"] == mode

    def test_read_only(self, everyday):
        _, mount = self.mount(everyday, "/data:ro")
        assert "ro" in mount.options

    def test_shared_memory_of_ones_own(self, everyday):
        result = everyday.probe("stat", "/dev/shm", flags=["--tmpfs", "/dev/shm:size=1m,mode=700"])
        assert (result.record("stat")["bytes"], result.record("stat")["mode"]) == (1 << 20, 0o700)


class TestRootfsItself:
    @pytest.fixture
    def image(self, everyday, scratch):
        (scratch / "bin").mkdir()
        for name in ("busybox", "sh", "probe"):
            (scratch / "bin" / name).write_bytes((everyday.box / "bin" / name).read_bytes())
            (scratch / "bin" / name).chmod(0o755)
        return scratch

    def test_stays_as_it_is(self, everyday, image):
        everyday.run(image, "probe", "write", "/written", "x").succeeded()
        assert os.listdir(image) == ["bin"]

    def test_is_written_to(self, everyday, image):
        everyday.run("--rw-rootfs", image, "probe", "write", "/written", "x").succeeded()
        assert (image / "written").read_text() == "x"

    def test_is_not_removed(self, engine, image):
        engine("run", "--rw-rootfs", "--name", "one", image, "probe", "write", "/written", "x").succeeded()
        engine("rm", "one").succeeded()
        assert (image / "written").exists() and (image / "bin/probe").exists()


class TestVolumesFrom:
    def test_mounts_of_another(self, engine, scratch):
        (scratch / "data").mkdir()
        (scratch / "data/x").write_text("shared")
        engine("create", "--name", "other", "-v", f"{scratch}/data:/data", "--tmpfs", "/memory", engine.box, "true").succeeded()
        result = engine("run", "--rm", "--volumes-from", "other", engine.box, "sh", "-c", "cat /data/x; touch /data/y; ls /memory")
        assert result.stdout == "shared" and "/memory" in result.stderr
        assert (scratch / "data/y").exists()
        result = engine("run", "--rm", "--volumes-from", "other:ro", engine.box, "touch", "/data/z")
        assert result.code == 1 and "Read-only file system" in result.stderr

    def test_own_goes_before(self, engine, scratch):
        engine("create", "--name", "other", "-v", f"{scratch}:/data", engine.box, "true").succeeded()
        result = engine("run", "--rm", "--volumes-from", "other", "--tmpfs", "/data", engine.box, "ls", "/data")
        assert result.stdout == ""

    def test_there_is_none(self, engine):
        result = engine("run", "--rm", "--volumes-from", "none", engine.box, "true")
        assert (result.code, result.stderr) == (125, "swiftainer: No such container: none\n")
