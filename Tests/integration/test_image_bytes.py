"""How much commands about images read, write and hold: each byte once at most, and no more memory for larger layers."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from harness import registry as registries
from harness import strike, wait
from harness.images import Image, Layer
from harness.registry import digest
from image_fixtures import archive, box, busybox, engine, good, layout  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")

needs_registry = pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))
needs_strike = pytest.mark.skipif(strike.reason() is not None, reason=str(strike.reason()))


class Traffic:
    """What a command has read and written, of each file below some folders."""

    def __init__(self, engine, *words, folders=()):  # noqa: F811
        done = strike.run(
            [engine.program, *words], [engine.data, *folders], engine.folder / "log", at=-1, env=engine.environment
        )
        assert (done.code, done.stderr) == (0, ""), str(done)
        self.out = done.stdout
        self.read, self.written = Counter(), Counter()
        for call in done.calls:
            if call.name in strike.SIZED and call.size:
                (self.read if call.name in strike.READING else self.written)[call.path] += call.size

    def sizes(self, counter, pattern):
        """How much of each file whose path holds this, the least first."""
        return sorted(count for path, count in counter.items() if re.search(pattern, path))


BLOB = "images/ingest/[0-9a-f]{64}$|images/ingest/~|blobs/sha256/"
FILES = "layers/.new-[0-9a-f]*/fs/"


@pytest.fixture(scope="module")
def image():
    """Two layers of 1 MiB and of 300 KiB, which nothing makes shorter."""
    return Image(
        Layer.of(("large", os.urandom(1 << 20))), Layer.of(("small", os.urandom(300_000)), compression="none")
    )


FILE_SIZES = [300_000, 1 << 20]


@needs_strike
class TestOnce:
    @needs_registry
    def test_pull(self, engine, image, scratch):
        with registries.Registry(scratch / "registry") as server:
            name = server.push(image, "two")
            before = len(server.requests("GET"))
            made = Traffic(engine, "pull", "-q", name)
            blobs = lambda: [line for line in server.requests("GET")[before:] if "/blobs/" in line]
            # A line may come after the answer.
            wait.until(lambda: len(blobs()) >= 3, "three blobs in the registry's log")
            assert len(blobs()) == 3, blobs()
            for blob in image.blobs():
                [line] = [line for line in blobs() if digest(blob) in line]
                assert re.search(rf'HTTP/1.1" 200 {len(blob)} ', line), line
        assert made.sizes(made.written, FILES) == FILE_SIZES
        sizes = sorted(len(layer.blob) for layer in image.layers)
        assert made.sizes(made.written, BLOB)[-2:] == sizes
        # The two texts are read again, the layers are not.
        assert made.sizes(made.read, BLOB)[-1] < 2000 and made.sizes(made.read, FILES) == []

    @needs_registry
    def test_push(self, engine, image, layout, scratch):
        with registries.Registry(scratch / "registry") as server:
            good(engine("load", "-i", layout(image, f"{server.name}/two:v1")))
            made = Traffic(engine, "push", "-q", f"{server.name}/two:v1")
            assert made.sizes(made.read, BLOB)[-2:] == sorted(len(layer.blob) for layer in image.layers)
            # The index of names.
            assert all(size < 2000 for size in made.sizes(made.written, BLOB))

    def test_load_and_save(self, engine, image, layout, scratch):
        folder = layout(image, "two:v1")
        made = Traffic(engine, "load", "-i", folder, folders=[folder])
        sizes = sorted(len(layer.blob) for layer in image.layers)
        assert made.sizes(made.read, f"^{folder}/blobs")[-2:] == sizes
        assert made.sizes(made.written, BLOB)[-2:] == sizes
        assert made.sizes(made.read, f"^{engine.data}/.*({BLOB})")[-2:] == sizes
        assert made.sizes(made.written, FILES) == FILE_SIZES
        (scratch / "out").mkdir()
        made = Traffic(engine, "save", "-o", scratch / "out/two.tar", "two:v1", folders=[scratch / "out"])
        assert made.sizes(made.read, BLOB)[-2:] == sizes
        [written] = made.sizes(made.written, "^" + str(scratch / "out"))
        assert sum(sizes) < written < sum(sizes) + 30_000

    @pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
    def test_import(self, engine, scratch, compression):
        layer = Layer.of(("large", os.urandom(1 << 20)), compression=compression)
        file = scratch / "files"
        # Bytes behind the end are part of it.
        file.write_bytes(layer.blob + (bytes(512) if compression == "none" else b""))
        made = Traffic(engine, "import", file, "flat", folders=[file])
        assert made.sizes(made.read, f"^{file}") == [file.stat().st_size]
        assert made.sizes(made.written, BLOB)[-1] == file.stat().st_size
        # Once: for what is unpacked of it.
        assert made.sizes(made.read, BLOB)[-1] == file.stat().st_size
        assert made.sizes(made.written, FILES) == [1 << 20]

    def test_commit(self, engine, busybox):
        name = good(engine("create", "busybox", "dd", "if=/dev/urandom", "of=/large", "bs=64k", "count=16")).strip()
        assert engine("start", "-a", name).code == 0
        made = Traffic(engine, "commit", name, "mine")
        assert made.sizes(made.read, "/upper/large") == [1 << 20]
        [packed] = [size for size in made.sizes(made.written, BLOB) if size > 1 << 20]
        assert [size for size in made.sizes(made.read, BLOB) if size > 100_000] == [packed]
        assert made.sizes(made.written, FILES) == [1 << 20]


@pytest.mark.timeout(300)
class TestMemory:
    """Anonymous memory, which nothing but its end gives back: pages of files, of the program's own as well, the kernel
    takes away where it needs them."""

    LIMIT = 64 << 20
    SIZE = 400 << 20
    INCOMPRESSIBLE = 160 << 20

    @pytest.fixture(scope="class")
    def large(self, tmp_path_factory):
        """A layer of 400 MiB, as gzip has it; it is made of a piece that says nothing new when it comes again."""
        folder = tmp_path_factory.mktemp("large")
        (folder / "files").mkdir()
        piece = os.urandom(1 << 14) * 64
        with open(folder / "files/large", "wb") as file:
            for _ in range(self.SIZE >> 20):
                file.write(piece)
        with open(folder / "large.tar.gz", "wb") as out:
            tar = subprocess.Popen(["tar", "-C", folder / "files", "-c", "large"], stdout=subprocess.PIPE)
            subprocess.run(["gzip", "-1"], stdin=tar.stdout, stdout=out, check=True)
            assert tar.wait() == 0
        os.unlink(folder / "files/large")
        return folder / "large.tar.gz"

    @pytest.fixture(scope="class")
    def incompressible(self, tmp_path_factory):
        """A layer that is as large when it is sent or saved: that takes as long as to be seen many times."""
        folder = tmp_path_factory.mktemp("incompressible")
        with open(folder / "large", "wb") as file:
            for _ in range(self.INCOMPRESSIBLE >> 20):
                file.write(os.urandom(1 << 20))
        subprocess.run(["tar", "-C", folder, "-cf", folder / "large.tar", "large"], check=True)
        os.unlink(folder / "large")
        return folder / "large.tar"

    def held(self, engine, *words):  # noqa: F811
        """The most that was seen while a command ran, in bytes; it is asked for without a pause."""
        running = engine.start(*words)
        most = 0
        while running.process.poll() is None:
            try:
                text = Path(f"/proc/{running.pid}/status").read_text()
            except ProcessLookupError:
                break
            if found := re.search(r"RssAnon:\s*(\d+) kB", text):
                most = max(most, int(found[1]) << 10)
        out, err = running.process.communicate(timeout=60)
        assert (running.process.returncode, err) == (0, b""), err
        return most

    @needs_registry
    def test_bounded(self, engine, large, scratch):
        held = {}
        with registries.Registry(scratch / "registry") as server:
            name = f"{server.name}/large"
            held["import"] = self.held(engine, "import", "-c", "CMD true", large, name)
            good(engine("push", "-q", name))
            good(engine("save", "-o", scratch / "large.tar", name))
            good(engine("rmi", name))
            held["pull"] = self.held(engine, "pull", "-q", name)
            good(engine("rmi", name))
        held["load"] = self.held(engine, "load", "-i", scratch / "large.tar")
        made = good(engine("create", name)).strip()
        # What it has changed is as large.
        upper = engine.data / "containers" / made / "upper"
        upper.mkdir(parents=True, exist_ok=True)
        [unpacked] = (engine.data / "layers").glob("*/fs/large")
        os.rename(unpacked, upper / "large")
        held["commit"] = self.held(engine, "commit", made, "mine")
        self.is_bounded(held)

    @needs_registry
    def test_bounded_where_nothing_is_compressed(self, engine, incompressible, scratch):
        held = {}
        with registries.Registry(scratch / "registry") as server:
            name = f"{server.name}/large"
            held["import"] = self.held(engine, "import", incompressible, name)
            held["push"] = self.held(engine, "push", "-q", name)
            held["save"] = self.held(engine, "save", "-o", scratch / "large.tar", name)
            assert (scratch / "large.tar").stat().st_size > self.INCOMPRESSIBLE
        self.is_bounded(held)

    def is_bounded(self, held):
        assert {verb: most >> 20 for verb, most in held.items() if not 0 < most <= self.LIMIT} == {}, held
