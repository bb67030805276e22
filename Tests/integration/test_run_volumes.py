"""`swiftainer run`: volumes, mounts and the read-only root, as the payload experiences them."""

import os

import pytest

from harness import host
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
