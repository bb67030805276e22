"""Fixtures of the tests of `swiftainer run`."""

from pathlib import Path

import pytest

from harness.everyday import Everyday, tree


@pytest.fixture(scope="session")
def box(rootfs):
    """A rootfs folder with a shell, every applet and the probe; the containers must leave it as it is."""
    folder = rootfs.parent / "busybox"
    before = tree(folder)
    yield folder
    assert tree(folder) == before, "the rootfs folder was modified"


@pytest.fixture
def everyday(runtime, box):
    """`swiftainer run`. After the test nothing may be left that was not said to stay."""
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} has no command for every day")
    made = Everyday(Path(runtime.path).with_name("swiftainer"), runtime, box)
    yield made
    left = made.finish()
    assert not left, "left behind:\n" + "\n".join(left)
