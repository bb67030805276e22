"""Fixtures of the tests of images."""

import json
import os
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness.registry import digest


@pytest.fixture(scope="session")
def archive(rootfs, tmp_path_factory):
    """An archive of a root file system with a shell."""
    file = tmp_path_factory.mktemp("archive") / "busybox.tar"
    subprocess.run(["tar", "-C", rootfs.parent / "busybox", "-cf", file, "."], check=True)
    return file


@pytest.fixture
def busybox(engine, archive):  # noqa: F811
    """The image `busybox`; its ID."""
    return engine("import", "-c", "CMD sh", archive, "busybox").succeeded().stdout.strip()


@pytest.fixture
def disk(engine):  # noqa: F811
    """Makes the data root a disk in memory, of 64 MiB; called, it gives it another size, in KiB."""
    engine.data.mkdir(parents=True)

    def size(kibibytes):
        words = ["-o", f"remount,size={kibibytes}k"] if os.path.ismount(engine.data) else ["-o", f"size={kibibytes}k"]
        subprocess.run(["mount", "-t", "tmpfs", *words, "tmpfs", engine.data], check=True)

    size(1 << 16)
    yield size
    engine.finish()
    subprocess.run(["umount", "-l", engine.data], check=True)


@pytest.fixture
def layout(scratch):
    """Writes an image as an OCI layout; its folder."""

    def write(image, name="example.com/made:v1"):
        folder = scratch / "layout"
        blobs = folder / "blobs/sha256"
        blobs.mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        for blob in [*image.blobs(), image.manifest]:
            (blobs / digest(blob).removeprefix("sha256:")).write_bytes(blob)
        named = {"org.opencontainers.image.ref.name": name}
        entries = [{"mediaType": image.type, "digest": image.digest, "size": len(image.manifest), "annotations": named}]
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
        return folder

    return write


def good(result):
    """What it has printed; all went well."""
    assert (result.code, result.stderr) == (0, ""), str(result)
    return result.stdout


def lines(result):
    return good(result).splitlines()


def leftovers(engine):  # noqa: F811
    """What is in the store that nobody should find there."""
    found = []
    for folder in ("images/ingest", "layers"):
        path = engine.data / folder
        found += [str(one) for one in path.iterdir() if one.name.startswith(".")] if path.exists() else []
    return found
