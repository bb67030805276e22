"""swiftainer and podman, as everyday.py and network.py drive them: each with a network namespace of its own, so that
neither's packets pass the other's rules, and with folders below the one to work in (bench/setting.py).

Podman as Debian has it (crun, conmon, CNI's plugins). Where CAP_SYS_RESOURCE is missing it runs only without its own
limits, and without cgroups, since crun raises the limit of locked memory before it loads a device filter: it is given
less to do than swiftainer then, which makes a cgroup for each container.
"""

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import time
from pathlib import Path

CLONE_NEWNET = 0x40000000
CAP_SYS_RESOURCE = 24
LIBC = ctypes.CDLL(None, use_errno=True)


def make_network(name):
    """A network namespace with a loopback device, below the private /run/netns."""
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)


@contextlib.contextmanager
def inside(name):
    """Whatever is started meanwhile is in that network namespace."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        join(there)
        yield
    finally:
        join(before)
        os.close(there)
        os.close(before)


def join(descriptor):
    if LIBC.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Engine:
    """One of the two: what its commands begin with, and what its containers are started with."""

    def __init__(self, name, work, command, flags=(), environment=()):
        self.name, self.work, self.command, self.flags = name, Path(work), [str(word) for word in command], list(flags)
        self.environment = {**os.environ, **dict(environment)}
        self.network = f"bench-{name}"
        self.errors = self.work / f"{name}.errors"
        make_network(self.network)

    def words(self, *words):
        """A whole command. Behind the verbs that start containers come the flags that all of them have."""
        texts = [str(word) for word in words]
        flags = self.flags if texts[0] == "run" else []
        return [*self.command, texts[0], *flags, *texts[1:]]

    def root(self, folder):
        """The word for a root file system that stays as it is below a container's own writes."""
        return [str(folder)]

    def __call__(self, *words):
        """Does it and returns what it prints."""
        command = self.words(*words)
        with inside(self.network):
            done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def timed(self, *words):
        """Seconds that it takes, from the spawn to the end of the process; its output goes nowhere."""
        command = self.words(*words)
        actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 2, self.errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
        with inside(self.network):
            begin = time.monotonic()
            pid = os.posix_spawnp(command[0], command, self.environment, file_actions=actions)
            _, status = os.waitpid(pid, 0)
            took = time.monotonic() - begin
        if status:
            raise SystemExit(f"{' '.join(command)}: {self.errors.read_text().strip()}")
        return took

    def remove(self, *names):
        self("rm", "-f", *names)

    def remove_all(self):
        left = self("ps", "-a", "-q").split()
        if left:
            self.remove(*left)

    def monitors(self):
        """The processes that look after its containers."""
        return processes("swiftainer-monitor", str(self.work))


class Swiftainer(Engine):
    def __init__(self, work, programs):
        roots = {"SWIFTAINER_DATA_ROOT": f"{work}/data", "SWIFTAINER_RUN_ROOT": f"{work}/run"}
        super().__init__("swiftainer", work, [Path(programs) / "swiftainer"], environment=roots)


class Podman(Engine):
    def __init__(self, work):
        folder = f"{work}/podman"
        command = ["podman", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--storage-driver", "overlay"]
        for option in ("root", "runroot", "tmpdir", "network-config-dir"):
            command += [f"--{option}", f"{folder}/{option}"]
        flags = []
        if not may_raise_limits():
            flags += ["--cgroups", "disabled"]
            for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
                limit = resource.getrlimit(number)[1]
                limit = 4096 if limit == resource.RLIM_INFINITY else min(limit, 4096)
                flags += ["--ulimit", f"{name}={limit}:{limit}"]
        super().__init__("podman", work, command, flags)

    def root(self, folder):
        return ["--rootfs", f"{folder}:O"]

    def monitors(self):
        return processes("conmon", str(self.work))

    def remove(self, *names):
        self("rm", "-f", "-t", "0", *names)


def may_raise_limits():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff"))
    return bool(int(line.split()[1], 16) >> CAP_SYS_RESOURCE & 1)


def processes(name, text):
    """The processes of that program that have a text among their words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if os.path.basename(words[0]) == name and any(text in word for word in words):
                found.append(int(entry.name))
    return found


def settle(work):
    """Waits until nothing of the last command is still at work: podman cleans up behind a container's end in a process
    of its own, and the kernel takes network namespaces apart later."""
    deadline = time.monotonic() + 5
    while processes("podman", str(work)) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)


def private(pids):
    """KiB of memory that belongs to each of these processes alone, the mean: pages it has written, and others that
    nobody else has mapped."""
    totals = []
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        except ProcessLookupError:
            continue  # that of a container that was to end at once
        fields = dict(line.split(":") for line in lines)
        totals.append(sum(int(fields[name].split()[0]) for name in ("Private_Dirty", "Private_Clean")))
    return statistics.mean(totals)
