"""Commands about images where the disk is full, or does not do what it is told: one clear line, a store that is whole,
and a next try that succeeds."""

import errno
import os
import subprocess

import pytest

from harness import registry as registries
from harness import host, strike, wait
from harness.images import Image, Layer
from image_fixtures import archive, box, busybox, disk, engine, good, layout, leftovers, lines  # noqa: F401
from test_image_faults import Killed, forget, has, small, whole  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")

SPACE = "no space left on device"


@pytest.fixture(scope="module")
def image():
    """A megabyte that nothing makes shorter."""
    return Image(Layer.of(("bytes", os.urandom(1 << 20))), Layer.of(("more", os.urandom(1 << 16)), compression="zstd"))


def refused(result, code=1, words=SPACE):
    """It says in one line what could not be done, and why."""
    assert result.code == code, str(result)
    [*before, said] = result.stderr.splitlines()
    # `run` tells of its pull before.
    assert not before or before[0].startswith("Unable to find image"), str(result)
    assert said.startswith("swiftainer: ") and said.endswith(words) and "swiftainer: " not in str(before), str(result)
    return said


class TestFull:
    """No room for the blob, or for its files."""

    # 1.1 MiB as it came and as much unpacked; the store itself takes some.
    @pytest.mark.parametrize("room", [300, 1400, 2200])
    def test_load(self, engine, disk, image, layout, room):
        good(engine("load", "-i", layout(image, "big:v1")))
        forget(engine, "big:v1")
        disk(room)
        said = refused(engine("load", "-i", engine.folder / "layout"))
        # A path in a layer alone would be nobody's.
        assert "sha256:" in said or "layer " in said or str(engine.data) in said
        whole(engine)
        disk(1 << 16)
        good(engine("load", "-i", engine.folder / "layout"))
        has(engine, "big:v1", image.id)
        whole(engine)

    @pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))
    @pytest.mark.parametrize("room", [300, 1400, 2200])
    def test_pull(self, engine, disk, image, scratch, room):
        with registries.Registry(scratch / "registry") as server:
            name = server.push(image, "big")
            disk(room)
            refused(engine("pull", "-q", name))
            whole(engine)
            refused(engine("run", name), 125)
            whole(engine)
            disk(1 << 16)
            good(engine("pull", "-q", name))
            has(engine, name, image.id)
            whole(engine)

    def test_import_and_commit(self, engine, disk, busybox, scratch, archive):
        name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
        good(engine("exec", name, "sh", "-c", "dd if=/dev/urandom of=/bytes bs=1k count=1000 2> /dev/null"))
        used = int(subprocess.run(["du", "-sk", engine.data], capture_output=True, text=True).stdout.split()[0])
        disk(used + 600)
        refused(engine("commit", name, "mine"))
        assert engine.status(name)["state"] == "running"
        refused(engine("import", archive, "flat"))
        whole(engine)
        disk(1 << 16)
        good(engine("commit", name, "mine"))
        good(engine("import", archive, "flat"))
        whole(engine, "mine")

    def test_names(self, engine, disk, busybox):
        """Names are written as a whole, or not at all."""
        filler = os.open(engine.data / "filler", os.O_WRONLY | os.O_CREAT)
        with pytest.raises(OSError):
            while True:
                os.write(filler, bytes(4096))
        os.close(filler)
        for words in (["tag", "busybox", "second"], ["rmi", "busybox"]):
            refused(engine(*words))
            assert lines(engine("images", "--format", "{{.Repository}}")) == ["busybox"]
        os.unlink(engine.data / "filler")
        good(engine("tag", "busybox", "second"))
        good(engine("rmi", "busybox"))
        whole(engine, "second")


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("disk")
@pytest.mark.skipif(strike.reason() is not None, reason=str(strike.reason()))
class TestFailing:
    """Each change fails once, with what a full disk says and with what a broken one does."""

    # What these kernels' file systems give such errors for.
    GIVES = {
        errno.ENOSPC: {"openat", "write", "pwrite64", "mkdir", "mkdirat", "rename", "symlink", "linkat", "mknodat", "fsync"},
        errno.EIO: {"openat", "write", "pwrite64", "mkdir", "mkdirat", "rename", "symlink", "linkat", "mknodat", "fsync",
                    "syncfs", "fchmod", "fchown", "utimensat", "ftruncate"},
    }
    WORDS = {errno.ENOSPC: SPACE, errno.EIO: "input/output error"}

    def everywhere(self, command, error, undo, again):
        """`again` is the next try; `undo` makes it as it was before."""
        engine = command.engine  # noqa: F811
        sound = command.run()
        assert sound.code == 0, str(sound)
        undo()
        numbers = [n for n, call in enumerate(sound.calls, 1) if call.name in self.GIVES[error]]
        few = 4 if host.is_test_machine() else 1
        seen = 0
        for number in numbers[:: few * max(1, len(numbers) // 18)]:
            failed = command.run(number, error)
            # What is not needed may fail.
            if failed.code != 0:
                refused(failed, words=self.WORDS[error])
                seen += 1
            whole(engine)
            again()
            whole(engine)
            undo()
        assert seen

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
    @pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))
    def test_pull(self, engine, busybox, small, scratch, error):
        with registries.Registry(scratch / "registry") as server:
            name = server.push(small, "small")

            def again():
                good(engine("pull", "-q", name))
                has(engine, name, small.id)

            self.everywhere(Killed(engine, "pull", "-q", name), error, lambda: forget(engine, name), again)

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
    def test_load(self, engine, busybox, small, layout, error):
        folder = layout(small, "small:v1")

        def again():
            good(engine("load", "-i", folder))
            has(engine, "small:v1", small.id)

        self.everywhere(Killed(engine, "load", "-i", folder), error, lambda: forget(engine, "small:v1"), again)

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
    def test_commit(self, engine, busybox, error):
        name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
        good(engine("exec", name, "sh", "-c", "echo hello > /etc/motd; rm /bin/vi"))

        def again():
            wait.until(lambda: engine.status(name)["state"] == "running", "it goes on")
            good(engine("commit", name, "mine"))

        self.everywhere(Killed(engine, "commit", name, "mine"), error, lambda: forget(engine, "mine"), again)

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=errno.errorcode.get)
    def test_save(self, engine, busybox, scratch, error):
        file = scratch / "out/image.tar"
        file.parent.mkdir()

        def again():
            good(engine("save", "-o", file, "busybox"))
            assert [one.name for one in file.parent.iterdir()] == ["image.tar"]

        self.everywhere(Killed(engine, "save", "-o", file, "busybox"), error, lambda: None, again)
