"""Fixtures of the tests of images."""

import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401


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
