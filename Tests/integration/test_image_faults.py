"""Commands about images, killed at each change they make: the store stays whole, and the next try succeeds.

A command is run once to see what it changes, and then again and again, to be killed before one change after the other.
"""

import os
import tarfile

import pytest

from harness import registry as registries
from harness import host, strike, wait
from harness.images import Image, Layer, entry
from harness.registry import digest
from image_fixtures import archive, box, busybox, disk, engine, good, layout, leftovers, lines  # noqa: F401

# In memory, or each of the many tries would wait for the disk, and for all others who write to it.
pytestmark = [
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.skipif(strike.reason() is not None, reason=str(strike.reason())), pytest.mark.usefixtures("disk"),
    pytest.mark.timeout(240),
]

# What makes, moves or removes a name: all of them are tried, unless they are very many. Of other changes some.
NAMING = {"openat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat",
          "rmdir", "mkdir", "mkdirat", "mknod", "mknodat"}


def instants(calls):
    """The numbers of the changes at which a command is killed; all of them on request."""
    naming = [number for number, call in enumerate(calls, 1) if call.name in NAMING]
    others = [number for number, call in enumerate(calls, 1) if call.name not in NAMING]
    if os.environ.get("SWIFTAINER_EVERY_INSTANT"):
        return range(1, len(calls) + 1)
    few = 4 if host.is_test_machine() else 1
    return sorted(naming[:: few * max(1, len(naming) // 40)] + others[:: few * max(1, len(others) // 8)])


class Killed:
    """A command that is killed at its instants."""

    def __init__(self, engine, *words):  # noqa: F811
        self.engine, self.words = engine, words

    def run(self, at=0, error=0):
        folders = [self.engine.data, self.engine.folder / "out"]
        return strike.run(
            [self.engine.program, *self.words], folders, self.engine.folder / "log", at, error,
            env=self.engine.environment,
        )

    def everywhere(self, undo):
        """Yields after each kill. `undo` makes it as it was before the command."""
        whole = self.run()
        assert whole.code == 0 and whole.calls, str(whole)
        undo()
        done = 0
        for number in instants(whole.calls):
            killed = self.run(number)
            # Threads take turns in one order or another: it may need a few changes fewer.
            assert killed.code == -9 or killed.code == 0 and number > len(killed.calls), str(killed)
            done += killed.code == -9
            yield killed
            undo()
        assert done, "it was never killed"


def whole(engine, *images):  # noqa: F811
    """`system check` mends what there is to be mended and then finds nothing; images that were there still run."""
    first = engine("system", "check")
    assert first.code == 0 and not first.stderr, str(first)
    again = engine("system", "check")
    assert (again.code, again.stdout, again.stderr) == (0, "", ""), f"{first}{again}"
    assert leftovers(engine) == []
    for image in images:
        assert good(engine("run", "--rm", "--network", "none", image, "echo", "runs")) == "runs\n"


@pytest.fixture
def small():
    """Two tiny layers: the upper one hides a file and links to one of the lower."""
    return Image(
        Layer.of(entry("d", type=tarfile.DIRTYPE, mode=0o750), ("d/one", b"1"), ("two", b"2")),
        Layer.of((".wh.two", b""), entry("d/link", type=tarfile.LNKTYPE, linkname="d/one")),
    )


def forget(engine, name):  # noqa: F811
    """As if the image had never been there."""
    engine("rmi", "-f", name)
    good(engine("system", "check"))


def has(engine, name, image):  # noqa: F811
    assert lines(engine("images", "-q", "--no-trunc", name)) == [image]


@pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))
class TestPull:
    def test_killed(self, engine, busybox, small, scratch):
        with registries.Registry(scratch / "registry") as server:
            name = server.push(small, "small")
            for killed in Killed(engine, "pull", "-q", name).everywhere(lambda: forget(engine, name)):
                # Without any repair first: who pulls again need not know of the kill.
                if killed.calls[-1].name in ("rename", "write"):
                    good(engine("pull", "-q", name))
                whole(engine, "busybox")
                good(engine("pull", "-q", name))
                has(engine, name, small.id)
                assert f"{name.rpartition(':')[0]}@{small.digest}" in good(engine("image", "inspect", name))
                whole(engine)


class TestMade:
    def test_load(self, engine, busybox, small, layout):
        folder = layout(small, "small:v1")
        for _ in Killed(engine, "load", "-i", folder).everywhere(lambda: forget(engine, "small:v1")):
            whole(engine, "busybox")
            assert lines(engine("load", "-i", folder)) == ["Loaded image: small:v1"]
            has(engine, "small:v1", small.id)
            whole(engine)

    def test_import(self, engine, busybox, small, scratch):
        (scratch / "files.tar").write_bytes(small.layers[0].archive)
        command = Killed(engine, "import", scratch / "files.tar", "flat")
        for _ in command.everywhere(lambda: forget(engine, "flat")):
            whole(engine, "busybox")
            made = good(engine("import", scratch / "files.tar", "flat")).strip()
            has(engine, "flat", made)
            whole(engine)

    def test_save(self, engine, busybox, scratch):
        file = scratch / "out/image.tar"
        file.parent.mkdir()
        good(engine("save", "-o", file, "busybox"))
        before = digest(file.read_bytes())
        file.write_text("what was there")
        for _ in Killed(engine, "save", "-o", file, "busybox").everywhere(lambda: file.write_text("what was there")):
            # The old one, or the new one: nothing half, and nothing beside.
            assert file.read_bytes() == b"what was there" or digest(file.read_bytes()) == before
            good(engine("save", "-o", file, "busybox"))
            assert digest(file.read_bytes()) == before
            assert [one.name for one in file.parent.iterdir()] == ["image.tar"]
        whole(engine, "busybox")


class TestCommit:
    def test_killed(self, engine, busybox):
        name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
        good(engine("exec", name, "sh", "-c", "echo hello > /etc/motd; rm /bin/vi; mkdir /a"))
        for _ in Killed(engine, "commit", name, "mine").everywhere(lambda: forget(engine, "mine")):
            # Whoever held it still is gone.
            wait.until(lambda: engine.status(name)["state"] == "running", "it goes on")
            assert good(engine("exec", name, "cat", "/etc/motd")) == "hello\n"
            whole(engine)
            made = good(engine("commit", name, "mine")).strip()
            has(engine, "mine", made)
            assert engine.status(name)["state"] == "running"
            whole(engine)
        good(engine("commit", name, "mine"))
        assert lines(engine("run", "--rm", "mine", "cat", "/etc/motd")) == ["hello"]

    def test_pauses_of_others_stay(self, engine, busybox):
        name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
        good(engine("pause", name))
        good(engine("commit", name, "mine"))
        assert engine.status(name)["state"] == "paused"
        good(engine("unpause", name))
        good(engine("commit", "--no-pause", name, "mine"))
        good(engine("commit", "--pause=false", name, "mine"))
        assert [event["action"] for event in engine.events("")].count("pause") == 1


class TestRemoved:
    def test_rmi(self, engine, busybox, small, layout):
        folder = layout(small, "small:v1")
        good(engine("load", "-i", folder))

        def undo():
            good(engine("load", "-i", folder))

        for _ in Killed(engine, "rmi", "small:v1").everywhere(undo):
            # Its name may be gone already.
            result = engine("rmi", "small:v1")
            assert result.code == 0 or result.stderr == "swiftainer: No such image: small:v1\n", str(result)
            whole(engine, "busybox")
            self.nothing_but(engine, busybox)

    @pytest.mark.parametrize("words", [["image", "prune", "-f", "-a"], ["system", "prune", "-f", "-a"]], ids=" ".join)
    def test_prune(self, engine, busybox, small, layout, words):
        folder = layout(small, "small:v1")
        keeper = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()

        def undo():
            good(engine("load", "-i", folder))

        undo()
        for _ in Killed(engine, *words).everywhere(undo):
            good(engine(*words))
            whole(engine)
            self.nothing_but(engine, busybox)
            assert good(engine("exec", keeper, "echo", "up")) == "up\n"

    def nothing_but(self, engine, image):  # noqa: F811
        assert lines(engine("images", "-a", "-q", "--no-trunc")) == [image]
        assert len(os.listdir(engine.data / "images/blobs/sha256")) == 3
        assert len([one for one in os.listdir(engine.data / "layers") if len(one) == 64]) == 1

    def test_tag(self, engine, busybox):
        def undo():
            engine("rmi", "second:v2")

        for _ in Killed(engine, "tag", "busybox", "second:v2").everywhere(undo):
            whole(engine, "busybox")
            good(engine("tag", "busybox", "second:v2"))
            has(engine, "second:v2", busybox)
            whole(engine)
