"""Fixtures of the tests of everyday containers."""

import functools
from pathlib import Path

import pytest

from harness import host, wait
from harness.engine import Engine
from harness.network import Namespace
from run_fixtures import box  # noqa: F401


@functools.cache
def own_network(sees_filter=True):
    """A network namespace that plays the machine's: other tests, and all else here, have the real one. Tests that see
    what is in its packet filter have another one than those that leave something there."""
    return Namespace.new()


@pytest.fixture
def engine(request, runtime, scratch, box):  # noqa: F811
    """`swiftainer` with roots of its own. After the test nothing may be left once its containers are removed."""
    yield from engine_in(scratch, request, runtime, box)


def engine_in(folder, request, runtime, box):  # noqa: F811
    """An engine with roots in that folder."""
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} has no command for every day")
    # Where all takes long, to look into the packet filter after each test takes longer than most of them.
    sees_filter = not host.is_test_machine() or request.path.name.startswith("test_network")
    with own_network(sees_filter).inside():
        made = Engine(Path(runtime.path).with_name("swiftainer"), folder, box, sees_filter)
        yield made
        nothing_is_left(made)


def nothing_is_left(made):
    """Ends all that was made. Whoever stayed behind for a process of a container ends with it, a moment later; so do
    its devices."""
    left = made.finish()
    if not left:
        return

    def is_gone():
        nonlocal left
        left = made.finish()
        return not left

    try:
        # The kernel clears namespaces away one after the other, and has those of all tests to clear.
        wait.until(is_gone, "something is left behind")
    except AssertionError:
        # It is in nobody else's way.
        own_network.cache_clear()
        # Connections whose other end is gone without a word keep a namespace, until the kernel gives them up.
        if all(text.startswith("device veth") for text in left):
            return
        raise AssertionError("left behind:\n" + "\n".join(left)) from None
