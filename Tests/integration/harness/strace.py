"""strace as the witness: what each process of a launch asked of the kernel, in order."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# What a launch consists of; the rest is plumbing (memory, signals, reading).
RUNTIME = """close rename chmod chown lchown connect sendmsg pidfd_getfd ioctl mkdir mkdirat openat write fchown bpf memfd_create sendfile fcntl socketpair socket sendto clone3 open_tree mount_setattr setns
    unshare mount umount2 pivot_root chroot mknodat sethostname setresuid setresgid setgroups capset""".split()
INIT = """mount umount2 pivot_root chroot chdir fchdir fsopen fspick fsconfig fsmount open_tree move_mount mount_setattr
    openat2 mkdirat mknodat symlinkat fchownat fchown fchmodat write ioctl dup3 close_range clone clone3 unshare setns setsid
    setpgid keyctl prctl capset setgroups setresgid setresuid seccomp prlimit64 umask personality sched_setattr
    sched_setaffinity ioprio_set set_mempolicy sethostname setdomainname execve execveat""".split()
# What only looks, and is told where it fails.
LOOKS = "openat faccessat2 readlinkat fstat".split()

LINE = re.compile(r"^(?P<time>\d+\.\d+) (?P<call>(?P<name>\w+)\(.*\))\s+= (?P<result>.+)$")
IN_OUR_NAMESPACE = re.compile(r"(\d+) /\* (\d+) in strace's PID NS \*/")


@dataclass
class Call:
    time: float
    name: str
    text: str
    result: str

    @property
    def number(self):
        """What was returned, or None where it is no number."""
        match = re.match(r"-?\d+", self.result)
        return int(match.group()) if match else None

    @property
    def succeeded(self):
        return not self.result.startswith("-1 ")

    @property
    def first_descriptor(self):
        match = re.match(r"\w+\((\d+)", self.text)
        return int(match.group(1)) if match else None

    @property
    def path(self):
        match = re.search(r'"((?:[^"\\]|\\.)*)"', self.text)
        return match.group(1) if match else ""


def run(command, folder, prefix=()):
    """Runs a command under strace; returns how it ended and the calls of each of its processes.

    `prefix` is a command that runs strace.
    """
    done = subprocess.run([*prefix, *words(command, folder)], capture_output=True, text=True, timeout=120)
    return done, calls(folder)


def words(command, folder):
    names = ",".join(sorted({*RUNTIME, *INIT, *LOOKS}))
    return ["strace", "-f", "-ff", "-ttt", "-s", "4096", "--decode-pids=pidns", "-o", str(Path(folder) / "trace"),
            "-e", f"trace={names}", *map(str, command)]


def begin(command, folder):
    """Runs a command under strace that ends before its children do."""
    return subprocess.Popen(words(command, folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def end(process, folder):
    """Waits for the last child's end."""
    try:
        process.wait(60)
    finally:
        process.kill()
    return calls(folder)


def calls(folder):
    processes = {}
    for file in Path(folder).glob("trace.*"):
        processes[int(file.suffix[1:])] = [call for line in file.read_text().splitlines() if (call := parse(line))]
    return processes


def parse(line):
    match = LINE.match(line)
    # A call that the kernel begins anew by itself is seen again.
    if not match or match.group("result").startswith("? ERESTART"):
        return None
    name, text, result = match.group("name"), match.group("call"), match.group("result")
    inner = IN_OUR_NAMESPACE.match(result)
    call = Call(float(match.group("time")), name, text, inner.group(1) if inner else result)
    call.child = int(inner.group(2)) if inner else call.number
    return call


class Launch:
    """The calls of one launch, told apart: the runtime's, and the init's with the processes it goes on as.

    A launch that failed may have had no init.
    """

    def __init__(self, processes):
        self.processes = dict(processes)
        monitors = [pid for pid, calls in processes.items() if any(self.is_monitor(call) for call in calls)]
        makers = [pid for pid, calls in processes.items()
                  if any(self.is_birth(call) and call.child not in monitors for call in calls)]
        # What a monitor does before it has its lock is its own business, not the launch's.
        for pid in monitors:
            locked = [number for number, call in enumerate(processes[pid])
                      if call.name == "openat" and call.path.endswith("/lock")]
            if locked:
                self.processes[pid] = processes[pid][locked[0] + 1:]
        if not makers:
            self.maker = min(monitors or processes)
            self.init, self.runtime = [], self.processes[self.maker]
            return
        assert len(makers) == 1, f"one process should have started an init, not {makers}"
        self.maker = makers[0]
        birth = next(call for call in processes[self.maker] if self.is_birth(call) and call.child not in monitors)
        self.init = self.life_of_init(birth.child)
        # One that is killed at its birth has made none.
        self.end = self.init[-1].time if self.init else float("inf")
        self.runtime = [call for call in self.processes[self.maker] if call.time <= self.end]

    @staticmethod
    def is_birth(call):
        return call.name == "clone3" and call.succeeded and "CLONE_CLEAR_SIGHAND" in call.text and "CLONE_PIDFD" in call.text

    @staticmethod
    def is_monitor(call):
        return call.name == "execveat" and call.succeeded and '"swiftainer-monitor"' in call.text

    def life_of_init(self, pid):
        """From its first call to the exec that ends it, across the children it goes on as."""
        calls = []
        for call in self.processes[pid]:
            calls.append(call)
            if call.name == "execve" and call.succeeded:
                break
            if call.name == "clone" and call.succeeded and "CLONE_PIDFD" in call.text:
                calls += [made for made in self.processes[call.child] if made.name == "execve"][:1]
            # A hook has a pidfd; a child that goes on with the plan has none.
            if call.name in ("clone", "clone3") and call.succeeded and "CLONE_PIDFD" not in call.text:
                return calls + self.life_of_init(call.child)
        return calls
