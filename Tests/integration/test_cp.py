"""`cp`: files in and out of containers, and what a hostile container cannot reach by it."""

import io
import os
import subprocess
import tarfile

import pytest

from harness import host, wait
from volume_fixtures import box, described, engine, image  # noqa: F401


def good(result):
    assert result.code == 0, str(result)
    return result.stdout


def bad(result, text):
    assert result.code == 1, str(result)
    assert text in result.stderr, str(result)


@pytest.fixture(params=["running", "stopped", "created"])
def container(request, engine, image):
    """A container in each of the states that files are copied in."""
    flags = ["--name", "cc", "-v", "vol:/vol", "--tmpfs", "/memory"]
    if request.param == "running":
        good(engine("run", "-d", *flags, image, "sleep", "1000"))
    elif request.param == "stopped":
        good(engine("run", *flags, image, "true"))
    else:
        good(engine("create", *flags, image, "true"))
    return "cc"


@pytest.mark.needs("ordinary-machine")
class TestPaths:
    """Docker's table of what is copied where."""

    def test_file_to_a_new_name(self, engine, container, scratch):
        (scratch / "f").write_text("one")
        good(engine("cp", scratch / "f", "cc:/data/new"))
        good(engine("cp", "cc:/data/new", scratch / "back"))
        assert (scratch / "back").read_text() == "one"

    def test_file_into_a_folder(self, engine, container, scratch):
        (scratch / "f").write_text("one")
        good(engine("cp", scratch / "f", "cc:/data"))
        good(engine("cp", scratch / "f", "cc:data/sub/"))
        (scratch / "out").mkdir()
        good(engine("cp", "cc:/data/f", scratch / "out"))
        good(engine("cp", "cc:/data/sub/f", f"{scratch}/out/g"))
        assert sorted(os.listdir(scratch / "out")) == ["f", "g"]

    def test_file_over_a_file(self, engine, container, scratch):
        (scratch / "f").write_text("other")
        good(engine("cp", scratch / "f", "cc:/data/file"))
        good(engine("cp", "cc:/data/file", scratch / "back"))
        assert (scratch / "back").read_text() == "other"

    def test_folder_to_a_new_name_and_into_one(self, engine, container, scratch):
        (scratch / "d/e").mkdir(parents=True)
        (scratch / "d/e/f").write_text("x")
        good(engine("cp", scratch / "d", "cc:/data/new"))
        good(engine("cp", scratch / "d", "cc:/data/sub"))
        good(engine("cp", f"{scratch}/d/.", "cc:/data/sub"))
        good(engine("cp", "cc:/data/new", scratch / "new"))
        good(engine("cp", "cc:/data/sub", scratch / "sub"))
        assert os.listdir(scratch / "new") == ["e"]
        assert (scratch / "sub/d/e/f").exists() and (scratch / "sub/e/f").exists()

    def test_refused(self, engine, container, scratch):
        (scratch / "f").write_text("x")
        (scratch / "d").mkdir()
        bad(engine("cp", "cc:/nope", scratch), "No such container:path: cc:/nope")
        bad(engine("cp", "nobody:/x", scratch), "No such container: nobody")
        bad(engine("cp", scratch / "nope", "cc:/x"), "nope: no such file or directory")
        bad(engine("cp", scratch / "f", "cc:/nope/f"), "No such container:path: cc:/nope")
        bad(engine("cp", scratch / "f", "cc:/nope/"), "no such directory")
        bad(engine("cp", scratch / "f", "cc:/data/file/"), "not a directory")
        bad(engine("cp", f"{scratch}/f/", "cc:/x"), "not a directory")
        bad(engine("cp", scratch / "d", "cc:/data/file"), "cannot copy a directory to a file")
        bad(engine("cp", "cc:/data/file", scratch / "no/f"), f'invalid output path: directory "{scratch}/no" does not exist')
        bad(engine("cp", "cc:/a", "cc:/b"), "copying between containers is not supported")
        bad(engine("cp", scratch / "f", scratch / "g"), "must specify at least one container source")

    def test_folder_in_the_way_of_a_file(self, engine, container, scratch):
        (scratch / "sub").write_text("x")
        bad(engine("cp", scratch / "sub", "cc:/data"), "cannot overwrite directory")

    def test_link_is_copied_or_followed(self, engine, container, scratch):
        good(engine("cp", "cc:/data/link", scratch / "link"))
        assert os.readlink(scratch / "link") == "/etc/passwd"
        good(engine("cp", "-L", "cc:/data/link", scratch / "followed"))
        assert not (scratch / "followed").is_symlink()
        (scratch / "real").write_text("real")
        (scratch / "to").symlink_to("real")
        good(engine("cp", "-L", scratch / "to", "cc:/data/real"))
        good(engine("cp", "cc:/data/real", scratch / "back"))
        assert (scratch / "back").read_text() == "real"

    def test_volumes_are_seen(self, engine, container, scratch):
        (scratch / "f").write_text("in the volume")
        good(engine("cp", scratch / "f", "cc:/vol/f"))
        assert (engine.data / "volumes/vol/_data/f").read_text() == "in the volume"
        good(engine("cp", "cc:/vol/f", scratch / "back"))
        assert (scratch / "back").read_text() == "in the volume"

    def test_archive_keeps_everything(self, engine, container, image, scratch):
        good(engine("cp", "-a", "cc:/data", scratch / "data"))
        assert described(scratch / "data") == described(image / "data")
        good(engine("cp", "-a", scratch / "data", "cc:/copy"))
        good(engine("cp", "-a", "cc:/copy", scratch / "again"))
        assert described(scratch / "again") == described(image / "data")

    def test_otherwise_owners_are_the_callers(self, engine, container, image, scratch):
        good(engine("cp", "cc:/data", scratch / "data"))
        info = os.stat(scratch / "data/sub/script")
        assert (info.st_uid, info.st_gid) == (0, 0)
        assert info.st_mode & 0o7777 == 0o755, "set-user-ID is not handed to another user"
        assert os.stat(scratch / "data/file").st_mtime_ns == os.stat(image / "data/file").st_mtime_ns
        os.chown(scratch / "data/file", 7, 8)
        good(engine("cp", scratch / "data/file", "cc:/seven"))
        good(engine("cp", "-a", "cc:/seven", scratch / "seven"))
        assert os.stat(scratch / "seven").st_uid == 0


@pytest.mark.needs("ordinary-machine")
class TestStreams:
    def archive(self, **files):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as tar:
            for name, entry in files.items():
                entry = dict(entry)
                data = entry.pop("data", b"")
                info = tarfile.TarInfo(entry.pop("name", name))
                info.size = len(data)
                for key, value in entry.items():
                    setattr(info, key, value)
                tar.addfile(info, io.BytesIO(data))
        return stream.getvalue()

    def call(self, engine, *words, stdin=b""):
        return subprocess.run(
            [str(engine.program), *map(str, words)], input=stdin, capture_output=True, env=engine.environment, timeout=60
        )

    def test_out(self, engine, container, image):
        done = self.call(engine, "cp", "cc:/data", "-")
        assert done.returncode == 0, done.stderr
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            members = {member.name: member for member in tar}
            assert "data/file" in members and "data/sub" in members
            one, other = members["data/file"], members["data/sub/second"]
            assert {one.islnk(), other.islnk()} == {False, True}, "the hard link is kept"
            script = members["data/sub/script"]
            assert (script.mode, script.uid, script.gid) == (0o4755, 33, 44)
            assert members["data/link"].linkname == "/etc/passwd"
            assert tar.extractfile("data/sparse").read()[-3:] == b"end"

    def test_out_of_one_file_and_of_content(self, engine, container):
        with tarfile.open(fileobj=io.BytesIO(self.call(engine, "cp", "cc:/data/file", "-").stdout)) as tar:
            assert tar.getnames() == ["file"]
        with tarfile.open(fileobj=io.BytesIO(self.call(engine, "cp", "cc:/data/sub/.", "-").stdout)) as tar:
            assert {"./script", "./second"} <= set(tar.getnames())

    def test_in(self, engine, container, scratch):
        packed = self.archive(
            a=dict(name="new/", type=tarfile.DIRTYPE, mode=0o700, mtime=1000),
            b=dict(name="new/file", data=b"hello", mode=0o640, uid=5, gid=6, mtime=2000),
            c=dict(name="new/hard", type=tarfile.LNKTYPE, linkname="new/file"),
            d=dict(name="new/soft", type=tarfile.SYMTYPE, linkname="file"),
            e=dict(name="deep/without/its/folders", data=b"x"),
        )
        done = self.call(engine, "cp", "-", "cc:/data", stdin=packed)
        assert done.returncode == 0, done.stderr
        good(engine("cp", "-a", "cc:/data/new", scratch / "new"))
        info = os.stat(scratch / "new/file")
        assert (info.st_mode & 0o7777, info.st_uid, info.st_gid, info.st_mtime, info.st_nlink) == (0o640, 5, 6, 2000, 2)
        assert os.stat(scratch / "new").st_mtime == 1000 and os.readlink(scratch / "new/soft") == "file"
        good(engine("cp", "cc:/data/deep/without/its/folders", scratch / "deep"))

    def test_names_stay_as_they_are(self, engine, container, image, scratch):
        """Two normal forms of one word are two names; other bytes than UTF-8 are names as well."""
        names = [b"caf\xc3\xa9", b"cafe\xcc\x81", b"other\xff"]
        folder = os.fsencode(scratch) + b"/names"
        os.mkdir(folder)
        for name in names:
            with open(folder + b"/" + name, "wb") as file:
                file.write(name)
            os.link(folder + b"/" + name, folder + b"/hard-" + name)
            os.symlink(name, folder + b"/soft-" + name)
        good(engine("cp", scratch / "names", "cc:/data/names"))
        done = self.call(engine, "cp", "cc:/data/names", "-")
        assert done.returncode == 0, done.stderr
        good(engine("run", "--name", "other", image, "mkdir", "/data/back"))
        done = self.call(engine, "cp", "-", "other:/data/back", stdin=done.stdout)
        assert done.returncode == 0, done.stderr
        good(engine("cp", "other:/data/back/names", scratch / "back"))
        back = os.fsencode(scratch) + b"/back"
        assert sorted(os.listdir(back)) == sorted(os.listdir(folder))
        for name in names:
            with open(back + b"/" + name, "rb") as file:
                assert file.read() == name
            assert os.stat(back + b"/hard-" + name).st_size == len(name)
            assert os.readlink(back + b"/soft-" + name) == name

    def test_refused(self, engine, container):
        for words, text in [
            (("cp", "-", "cc:/nope"), b"No such container:path: cc:/nope"),
            (("cp", "-", "cc:/data/file"), b"must be a directory"),
            (("cp", "cc:/nope", "-"), b"No such container:path: cc:/nope"),
        ]:
            done = self.call(engine, *words, stdin=self.archive())
            assert done.returncode == 1 and text in done.stderr, done
        done = self.call(engine, "cp", "-", "cc:/data", stdin=b"this is no archive" * 100)
        assert done.returncode == 1 and b"standard input" in done.stderr

    @pytest.mark.parametrize("name", ["../../escaped", "a/../../../escaped"])
    def test_entries_that_climb(self, engine, container, name):
        done = self.call(engine, "cp", "-", "cc:/data", stdin=self.archive(a=dict(name=name, data=b"x")))
        assert done.returncode == 1 and b"leads out of the target" in done.stderr

    def test_entries_through_links(self, engine, container, scratch):
        """A link from the archive, or one in the container, leads to a place in the container."""
        packed = self.archive(
            a=dict(name="trap", type=tarfile.SYMTYPE, linkname=str(scratch)),
            b=dict(name="trap/written", data=b"x"),
            c=dict(name="hard", type=tarfile.LNKTYPE, linkname=f"{scratch}/secret"),
        )
        (scratch / "secret").write_text("x")
        self.call(engine, "cp", "-", "cc:/data", stdin=packed)
        assert os.listdir(scratch) == ["secret"]
        assert os.stat(scratch / "secret").st_nlink == 1


class TestAttacks:
    def test_links_lead_nowhere(self, engine, image, scratch):
        """Whatever a container's links say, nothing of the host's is read or written."""
        (scratch / "secret").write_text("the host's")
        (image / "abs").symlink_to(scratch)
        (image / "up").symlink_to("../" * 20 + str(scratch)[1:])
        (image / "proc-root").symlink_to("/proc/1/root" + str(scratch))
        (image / "file").symlink_to(scratch / "secret")
        (scratch / "payload").write_text("written")
        out = scratch / "out"
        for flags, last in [(["run", "-d"], ["sleep", "1000"]), (["create"], ["true"])]:
            name = good(engine(*flags, image, *last)).strip()
            for link in ("abs", "up", "proc-root"):
                engine("cp", f"{name}:/{link}/secret", out)
                engine("cp", "-L", f"{name}:/{link}/.", out)
                engine("cp", scratch / "payload", f"{name}:/{link}/secret")
                engine("cp", scratch / "payload", f"{name}:/{link}/")
                engine("cp", f"{name}:/../../../../../../..{scratch}/secret", out)
            engine("cp", "-L", f"{name}:/file", out)
            engine("cp", scratch / "payload", f"{name}:/file")
            assert sorted(os.listdir(scratch)) == ["payload", "secret"]
            assert (scratch / "secret").read_text() == "the host's"

    def test_proc_links_of_the_container(self, engine, scratch):
        name = engine.up()
        for path in ("/proc/1/root/etc", "/proc/1/cwd/etc", "/proc/self/root/etc", "/proc/1/exe"):
            result = engine("cp", "-L", f"{name}:{path}", scratch / "out")
            assert result.code == 1, str(result)
        assert os.listdir(scratch) == []

    def test_links_swapped_meanwhile(self, engine, image, scratch):
        """A container that swaps a folder for a link as fast as it can never gets a byte of the host's."""
        (scratch / "host").mkdir()
        (scratch / "host/file").write_text("the host's")
        (image / "race/folder").mkdir(parents=True)
        (image / "race/folder/file").write_text("the container's")
        (image / "race/link").symlink_to(scratch / "host")
        swap = (
            "cd /race; while :; do mv folder f2; mv link folder; mv folder link; mv f2 folder; done 2>/dev/null"
        )
        name = good(engine("run", "-d", image, "sh", "-c", swap)).strip()
        (scratch / "payload").write_text("payload")
        out = scratch / "out"
        for number in range(12 if host.is_test_machine() else 60):
            engine("cp", f"{name}:/race/folder/file", out)
            if out.exists():
                assert out.read_text() != "the host's"
                out.unlink()
            engine("cp", scratch / "payload", f"{name}:/race/folder/file2")
            tree = scratch / f"tree{number}"
            engine("cp", f"{name}:/race", tree)
            for parent, _, files in os.walk(tree):
                assert "the host's" not in [open(os.path.join(parent, file)).read() for file in files]
        assert os.listdir(scratch / "host") == ["file"]

    def test_special_files_are_not_opened(self, engine, image, scratch):
        (image / "odd").mkdir()
        os.mkfifo(image / "odd/pipe")
        name = engine("create", image, "true").stdout.strip()
        good(engine("cp", f"{name}:/odd", scratch / "odd"))
        assert (scratch / "odd/pipe").is_fifo()

    def test_devices_are_left_out(self, engine, image, scratch):
        (image / "odd").mkdir()
        os.mknod(image / "odd/disk", 0o60666, os.makedev(7, 200))
        name = engine("create", image, "true").stdout.strip()
        result = engine("cp", f"{name}:/odd", scratch / "odd")
        assert result.code == 0 and "left out: it is a device" in result.stderr
        assert os.listdir(scratch / "odd") == []


@pytest.mark.needs("ordinary-machine")
class TestStates:
    def test_read_only(self, engine, image, scratch):
        (scratch / "f").write_text("x")
        for flags, last in [(["run", "-d"], ["sleep", "1000"]), (["create"], ["true"])]:
            name = good(engine(*flags, "--read-only", "-v", "writable:/w", "-v", "closed:/r:ro", image, *last)).strip()
            bad(engine("cp", scratch / "f", f"{name}:/data/f"), "container rootfs is marked read-only")
            good(engine("cp", scratch / "f", f"{name}:/w/f"))
            other = good(engine(*flags, "-v", "closed:/r:ro", image, *last)).strip()
            bad(engine("cp", scratch / "f", f"{other}:/r/f"), "mounted volume is marked read-only")

    def test_nothing_is_mounted_afterwards(self, engine, image, scratch):
        name = good(engine("create", "-v", "some:/v", image, "true")).strip()
        # Other tests mount something meanwhile.
        points = lambda: [mount.point for mount in host.mounts() if mount.point.startswith(f"{engine.folder}/")]
        before = points()
        good(engine("cp", f"{name}:/data", scratch / "data"))
        assert points() == before
        good(engine("start", "-a", name))

    def test_image_stays_as_it_is(self, engine, container, image, scratch):
        before = described(image)
        (scratch / "f").write_text("x")
        good(engine("cp", scratch / "f", "cc:/data/file"))
        assert described(image) == before

    def test_mounted_file_is_written_to(self, engine, scratch):
        name = engine.up()
        (scratch / "hosts").write_text("127.0.0.1 mine\n")
        good(engine("cp", scratch / "hosts", f"{name}:/etc/hosts"))
        good(engine("cp", f"{name}:/etc/hosts", scratch / "back"))
        assert (scratch / "back").read_text() == "127.0.0.1 mine\n"

    def test_start_waits_for_a_copy(self, engine, image, scratch):
        """An overlay's upper layer is never mounted twice."""
        name = good(engine("create", image, "true")).strip()
        reader, writer = os.pipe()
        copy = engine.start("cp", "-", f"{name}:/data", stdin=reader)
        os.close(reader)
        wait.until(lambda: any("swiftainer-tar" in line for line in map(wait.command_line, wait.children(copy.pid))), "it copies")
        start = engine.start("start", "-a", name)
        assert start.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            start.process.wait(0.3)
        os.close(writer)
        assert copy.exit_code() == 0 and start.exit_code() == 0

    def test_into_itself(self, engine, image, scratch):
        name = engine.up(flags=["-v", f"{scratch}:/out"])
        good(engine("cp", f"{name}:/out", scratch / "copy"))
        assert os.listdir(scratch / "copy") == []

    def test_restarting(self, engine, image, scratch):
        """Between two runs the overlay is free, but may be mounted at any moment."""
        name = good(engine("run", "-d", "--restart", "always", image, "false")).strip()
        wait.until(lambda: engine.status(name)["state"] == "restarting", "it waits for its restart")
        results = [engine("cp", f"{name}:/data/file", scratch / "out") for _ in range(5)]
        assert all(result.code == 0 or "restarting" in result.stderr or "not running" in result.stderr for result in results), results
        assert any("is restarting, wait until the container is running" in result.stderr for result in results)
