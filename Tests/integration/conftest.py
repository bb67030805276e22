"""Fixtures: the runtime, a private root, containers that never outlive their test."""

import fcntl
import functools
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import differences, host, needs, wait
from harness.container import Container, empty_cgroup
from harness.runtime import REPOSITORY, Runtime

# Whoever is started in the background of a shell is deaf to these, and so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

FIXTURES = REPOSITORY / "rootfs-fixtures"
CGROUP_PARENT = f"/swiftainer-test-{os.getpid()}"
IS_ALL_OTHERS = pytest.StashKey[bool]()
_numbers = itertools.count()


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            reason = needs.reason(name, _runtime())
            if reason:
                pytest.skip(reason)
    reason = differences.reason(item.nodeid, _runtime())
    if reason:
        pytest.skip(reason)


@pytest.hookimpl(trylast=True)  # of those that -k leaves
def pytest_collection_modifyitems(config, items):
    """Machines that run side by side (swiftainer-vm run --guests N) take every Nth test each."""
    guest, guests = (int(os.environ.get(f"SWIFTAINER_VM_{name}", 1)) for name in ("GUEST", "GUESTS"))
    if guests > 1:
        others = [item for i, item in enumerate(items) if i % guests != guest - 1]
        config.hook.pytest_deselected(items=others)
        items[:] = items[guest - 1 :: guests]
        config.stash[IS_ALL_OTHERS] = bool(others) and not items


def pytest_sessionfinish(session):
    """A machine that none of the few tests has come to has done its part."""
    if session.config.stash.get(IS_ALL_OTHERS, False) and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_report_header():
    runtime = _runtime()
    return f"runtime: {runtime.path} ({runtime.name} {runtime.version})"


@functools.cache
def _runtime():
    return Runtime.from_environment()


@pytest.fixture(scope="session", autouse=True)
def subreaper():
    wait.become_subreaper()
    yield
    for folder in host.cgroup_folders(CGROUP_PARENT):
        empty_cgroup(folder)


@pytest.fixture(scope="session")
def runtime():
    return _runtime()


@pytest.fixture(scope="session")
def rootfs():
    """The probe's rootfs folder; a bundle takes a copy."""
    with open(FIXTURES / "Makefile") as lock:  # one of the parallel sessions builds it
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", FIXTURES, "probe", "busybox"], check=True)
    return FIXTURES / "out" / "probe"


@pytest.fixture
def scratch():
    """A short-named folder, since unix socket paths end at 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="swt-"))
    folder.chmod(0o711)  # a container's root in a user namespace passes through it
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def root(scratch):
    """The runtime's private --root."""
    folder = scratch / "state"
    folder.mkdir(mode=0o711)
    return folder


class Containers:
    """Makes containers and sees to their end."""

    def __init__(self, runtime, root, scratch, rootfs):
        self.runtime, self.root, self.scratch, self.rootfs = runtime, root, scratch, rootfs
        self.made = []

    def __call__(self, *arguments, identifier=None, rootfs=None):
        """A container whose payload is the probe with these arguments."""
        number = next(_numbers)
        identifier = identifier or f"swt-{os.getpid()}-{number}"
        folder = self.scratch / f"b{number}"
        folder.mkdir(mode=0o755)
        container = Container(
            self.runtime,
            self.root,
            folder,
            identifier,
            f"{CGROUP_PARENT}/{number}",
            rootfs or self.rootfs,
            arguments,
        )
        self.made.append(container)
        return container

    def up(self, *arguments, **options):
        """A running container whose payload says `pause` and waits."""
        return self(*arguments, *(["--"] if arguments else []), "pause", **options).up()


@pytest.fixture
def containers(runtime, root, scratch, rootfs):
    """A factory of containers. After the test each is deleted with --force, and nothing may be left."""
    before = set(wait.children(os.getpid()))
    factory = Containers(runtime, root, scratch, rootfs)
    yield factory
    left = []
    for container in factory.made:
        left += container.finish()
    for pid in set(wait.children(os.getpid())) - before:
        left.append(f"process {pid} {wait.command_line(pid)}")
        os.kill(pid, signal.SIGKILL)
    wait.reap_orphans()
    assert not left, "left behind after delete --force:\n" + "\n".join(left)
