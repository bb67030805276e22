"""What this machine has: cgroup hierarchies, mounts, capabilities."""

import os
import resource
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Mount:
    """One line of mountinfo (proc_pid_mountinfo(5))."""

    number: int
    parent: int
    root: str
    point: str
    options: tuple
    tags: tuple
    kind: str
    source: str
    super_options: tuple

    @classmethod
    def parse(cls, line):
        left, right = line.split(" - ", 1)
        number, parent, _, root, point, options, *tags = left.split(" ")
        kind, source, super_options = right.split(" ", 2)
        unescape = lambda text: text.encode().decode("unicode_escape") if "\\" in text else text
        return cls(
            int(number),
            int(parent),
            unescape(root),
            unescape(point),
            tuple(options.split(",")),
            tuple(tag for tag in tags if tag),
            kind,
            source,
            tuple(super_options.strip().split(",")),
        )


def mounts(lines=None):
    if lines is None:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [Mount.parse(line) for line in lines]


@lru_cache
def hierarchies():
    """Mount point of each cgroup hierarchy by controller; `unified` is v2's."""
    found = {}
    for mount in mounts():
        if mount.kind == "cgroup2":
            found.setdefault("unified", mount.point)
        elif mount.kind == "cgroup":
            for option in mount.super_options:
                if option not in ("rw", "ro", "xattr", "noprefix", "clone_children"):
                    found.setdefault(option, mount.point)
    return found


@lru_cache
def unified_controllers():
    point = hierarchies().get("unified")
    return Path(point, "cgroup.controllers").read_text().split() if point else []


def is_v2(controller):
    """Whether the controller is bound to the unified hierarchy."""
    return controller in unified_controllers()


def has_controller(controller):
    return is_v2(controller) or controller in hierarchies()


def cgroup_folder(controller, path):
    """The folder of a cgroup path in the hierarchy where the controller is bound."""
    key = "unified" if is_v2(controller) else controller
    return Path(hierarchies()[key] + path)


def cgroup_folders(path):
    """Every folder that exists for the cgroup path, in all hierarchies."""
    return [
        folder
        for folder in (Path(point + path) for point in sorted(set(hierarchies().values())))
        if folder.is_dir()
    ]


@lru_cache
def capabilities():
    """The test's own effective capabilities, as a bit set."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def has_capability(number):
    return bool(capabilities() >> number & 1)


def sysfs(path):
    """What is in a folder of sysfs; nothing where there is no such folder."""
    folder = Path("/sys", path)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def swap_bytes():
    """Size of all swap space."""
    return sum(int(line.split()[2]) << 10 for line in Path("/proc/swaps").read_text().splitlines()[1:])


def scratch_disk():
    """A disk that tests may overwrite, or None."""
    return os.environ.get("SWIFTAINER_VM_SCRATCH")


def device_number(path):
    """Major and minor of a device node."""
    number = os.stat(path).st_rdev
    return os.major(number), os.minor(number)


def huge_pages():
    """Free huge pages of 2 MiB."""
    file = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
    return int(file.read_text()) if file.exists() else 0


def kernel():
    """Version of the kernel as (major, minor)."""
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int(minor.split("-")[0])


def is_test_machine():
    """Whether this is the virtual machine of vm/, which may be emulated: ten times slower, with a kernel of its own."""
    return "SWIFTAINER_VM" in os.environ


def descendants_of_cgroup(folder):
    """Pids in the cgroup and in those below it."""
    found = set()
    for parent, _, _ in os.walk(folder):
        try:
            found.update(map(int, Path(parent, "cgroup.procs").read_text().split()))
        except OSError:
            pass
    return sorted(found)


def executable(pid):
    """The name of the program a process runs; None where it has ended."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return None


@contextmanager
def ordinary_descriptors():
    """As a login has it: a soft limit of descriptors below the hard one, for what is started meanwhile."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[1] - 1), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
