"""Fixtures of the tests of networks: roots of the test's own."""

import shutil
import tempfile
from pathlib import Path

import pytest

from harness import wait
from harness.engine import Engine
from run_fixtures import box  # noqa: F401


@pytest.fixture
def engine(runtime, box):
    """`swiftainer` with roots of the test's own. After the test nothing but networks' folders may be left."""
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} has no command for every day")
    folder = tempfile.mkdtemp(prefix="swt-")
    made = Engine(Path(runtime.path).with_name("swiftainer"), folder, box)
    yield made
    made.finish()
    made("network", "prune", "-f")
    # A monitor ends a moment after who waited for its container.
    wait.until(lambda: not list(made.processes()), "all monitors have ended")
    left = made.finish()
    shutil.rmtree(folder)
    assert not left, "left behind:\n" + "\n".join(left)
