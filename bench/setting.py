"""Where everything is measured: a mount namespace of our own, with one cgroup v2 hierarchy and states in memory.

crun refuses hybrid hierarchies, so /sys/fs/cgroup is a fresh mount of cgroup v2 for every runtime. The memory
controller may be bound to v1: its mount is kept beside it for the search of the smallest limit.
"""

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

CGROUP2_MAGIC = "63677270"
# A real-time policy and not a nice value: with autogroups that would count among the processes of one session only.
URGENT = ["chrt", "--rr", "1"]


def enter(arguments, urgent=False):
    """Runs this program again in a mount namespace of its own; returns the folder to work in there. With `urgent` it and
    all that it starts come before whatever else runs on the machine."""
    if "BENCH_WORK" in os.environ:
        return Path(os.environ["BENCH_WORK"])
    with tempfile.TemporaryDirectory(prefix="swiftainer-bench-") as work:
        command = [*(URGENT if urgent else []), "unshare", "--mount", "--propagation", "private", *arguments]
        ended = subprocess.run(command, env={**os.environ, "BENCH_WORK": work}, check=False)
    raise SystemExit(ended.returncode)


def is_unified():
    kind = subprocess.run(["stat", "-f", "-c", "%t", "/sys/fs/cgroup"], capture_output=True, text=True, check=True)
    return kind.stdout.strip() == CGROUP2_MAGIC


def prepare(work):
    """Mounts what is needed below `work`; returns the folder in which memory can be limited."""
    mount("tmpfs", work, "-o", "mode=755,size=512m")
    legacy = Path("/sys/fs/cgroup/memory")
    kept = work / "memory"
    if not is_unified():
        has_legacy = (legacy / "memory.limit_in_bytes").exists() or (legacy / "cgroup.procs").exists()
        if has_legacy:
            kept.mkdir()
            subprocess.run(["mount", "--bind", legacy, kept], check=True)
        mount("cgroup2", Path("/sys/fs/cgroup"))
        if has_legacy:
            return kept
    return Path("/sys/fs/cgroup")


def prepare_engines(work):
    """The same for everyday containers: hides what their engines share with whatever else runs on the machine."""
    prepare(work)
    # Podman's locks, its leases of addresses, and named network namespaces.
    for folder in map(Path, ("/dev/shm", "/var/lib/cni", "/run/netns")):
        folder.mkdir(parents=True, exist_ok=True)
        mount("tmpfs", folder)


def mount(kind, target, *options):
    subprocess.run(["mount", "-t", kind, *options, kind, target], check=True)


class MemoryGroup:
    """A new cgroup in which a whole command runs with a memory limit, whichever version of cgroups limits memory."""

    def __init__(self, parent, limit):
        self.folder = Path(parent) / f"bench-{os.getpid()}"
        is_legacy = (Path(parent) / "memory.limit_in_bytes").exists()
        if not is_legacy:
            (Path(parent) / "cgroup.subtree_control").write_text("+memory")
        self.folder.mkdir()
        if is_legacy:
            limits = {"memory.limit_in_bytes": limit, "memory.memsw.limit_in_bytes": limit}
        else:
            limits = {"memory.max": limit, "memory.swap.max": 0}
        for name, value in limits.items():
            # Without swap accounting the second file is not there.
            if (self.folder / name).exists():
                (self.folder / name).write_text(str(value))

    def command(self, words):
        """The command, moved into the group before anything of it runs."""
        return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.folder / "cgroup.procs"), *words]

    def remove(self):
        for _ in range(200):
            try:
                return self.folder.rmdir()
            except OSError:
                for pid in (self.folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.01)
        raise RuntimeError(f"{self.folder} does not get empty")
