"""Ends a program, or fails a call of it, at its Nth change of files below some folders.

strace(1) counts calls for each thread, and of a program with many threads nobody knows which one does what. Here all
threads and processes have one count, so that a number is an instant, and every instant can be had. A filter of seccomp
stops the calls in question and no others.

As a program: strike.py LOG AT ERROR FOLDER:… COMMAND…; `AT` is 0 for no instant, -1 to tell of reading as well, and how
much each call got; `ERROR` is 0 to kill.
"""

import ctypes
import os
import platform
import signal
import struct
import subprocess
import sys
from dataclasses import dataclass

# Which argument is a file: the index of a descriptor; or of a folder's descriptor (None: the working folder) and a path.
FILES = {
    "write": 0, "pwrite64": 0, "writev": 0, "fsync": 0, "fdatasync": 0, "syncfs": 0, "ftruncate": 0, "fallocate": 0,
    "fsetxattr": 0, "fchmod": 0, "fchown": 0, "read": 0, "pread64": 0,
    "mkdir": (None, 0), "rmdir": (None, 0), "unlink": (None, 0), "rename": (None, 1), "link": (None, 1),
    "symlink": (None, 1), "mknod": (None, 0), "creat": (None, 0), "setxattr": (None, 0), "lsetxattr": (None, 0),
    "mount": (None, 1), "chmod": (None, 0), "chown": (None, 0), "lchown": (None, 0),
    "openat": (0, 1), "mkdirat": (0, 1), "mknodat": (0, 1), "unlinkat": (0, 1), "renameat": (2, 3), "renameat2": (2, 3),
    "linkat": (2, 3), "symlinkat": (1, 2), "fchmodat": (0, 1), "fchownat": (0, 1), "utimensat": (0, 1),
}
NUMBERS = {
    "x86_64": dict(
        write=1, pwrite64=18, writev=20, fsync=74, fdatasync=75, syncfs=306, ftruncate=77, fallocate=285, fsetxattr=190,
        fchmod=91, fchown=93, read=0, pread64=17, mkdir=83, rmdir=84, unlink=87, rename=82, link=86, symlink=88, mknod=133,
        creat=85, setxattr=188, lsetxattr=189, mount=165, chmod=90, chown=92, lchown=94, openat=257, mkdirat=258,
        mknodat=259, unlinkat=263, renameat=264, renameat2=316, linkat=265, symlinkat=266, fchmodat=268, fchownat=260,
        utimensat=280,
    ),
    "aarch64": dict(
        write=64, pwrite64=68, writev=66, fsync=82, fdatasync=83, syncfs=267, ftruncate=46, fallocate=47, fsetxattr=7,
        fchmod=52, fchown=55, read=63, pread64=67, setxattr=5, lsetxattr=6, mount=40, openat=56, mkdirat=34, mknodat=33,
        unlinkat=35, renameat=38, renameat2=276, linkat=37, symlinkat=36, fchmodat=53, fchownat=54, utimensat=88,
    ),
}.get(platform.machine())
NAMES = {number: name for name, number in (NUMBERS or {}).items()}
READING = ("read", "pread64")
SIZED = (*READING, "write", "pwrite64")

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
TRACEME, CONT, SYSCALL, SETOPTIONS, GETREGSET, SETREGSET, GET_SYSCALL_INFO = 0, 7, 24, 0x4200, 0x4204, 0x4205, 0x420E
# Children and threads are followed; a tracer that is killed takes all with it.
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
STOP_OF_SECCOMP = 7
STOP_OF_CALL = signal.SIGTRAP | 0x80
WALL = 0x40000000


def reason():
    """Why nothing can be struck here, or None."""
    return None if NUMBERS else f"the numbers of {platform.machine()}'s system calls are not listed"


@dataclass
class Call:
    name: str
    size: int
    """In bytes, of what reads and writes: what it got where that was asked for, else what it was called with."""
    path: str


@dataclass
class Struck:
    """How it ended: `code` is negative where a signal ended it. `calls` are the changes; the last is the one at which it
    was killed."""

    code: int
    stdout: str
    stderr: str
    calls: list

    def __str__(self):
        return f"ended with {self.code} after {self.calls[-1:]}\n{self.stdout}{self.stderr}"


def run(command, folders, log, at=0, error=0, **options):
    """Runs a command to its end, and strikes its `at`th change of files below the folders."""
    words = [sys.executable, "-S", "-E", __file__, log, at, error, ":".join(map(str, folders)), *command]
    done = subprocess.run(
        [str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **options
    )
    calls = []
    for line in log.read_text().splitlines():
        name, size, path = line.split(" ", 2)
        calls.append(Call(name, int(size), path))
    code = done.returncode if done.returncode < 128 else 128 - done.returncode
    return Struck(code, done.stdout, done.stderr, calls)


def ptrace(request, pid, address=None, data=None):
    if libc.ptrace(request, pid, address, data) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def stop_at_calls():
    """The filter: these calls are the tracer's business."""
    loads, equals, returns = 0x20, 0x15, 0x06
    program = [(loads, 0, 0, 0)]
    for left, number in zip(range(len(NAMES), 0, -1), NAMES):
        program.append((equals, left, 0, number))
    program += [(returns, 0, 0, 0x7FFF0000), (returns, 0, 0, 0x7FF00000)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    filter = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    if libc.prctl(22, 2, filter, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


class Strike:
    def __init__(self, at, error, folders):
        self.at, self.error, self.folders = at, error, folders
        self.calls = []
        self.waiting = {}

    def stopped(self, thread):
        """A thread is about to make such a call; how it goes on."""
        info = ctypes.create_string_buffer(88)
        ptrace(GET_SYSCALL_INFO, thread, 88, ctypes.addressof(info))
        number, *arguments = struct.unpack_from("7Q", info.raw, 24)
        name = NAMES[number]
        if name == "openat" and not arguments[2] & os.O_CREAT or name in READING and self.at >= 0:
            return CONT
        path = self.path(thread, FILES[name], arguments)
        if not any(path == folder or path.startswith(folder + "/") for folder in self.folders):
            return CONT
        # What is there is not made.
        if name in ("mkdir", "mkdirat") and os.path.lexists(path):
            return CONT
        self.calls.append([name, arguments[2] if name in SIZED else 0, path])
        if self.at < 0 and name in SIZED:
            self.waiting[thread] = self.calls[-1]
            return SYSCALL
        if len(self.calls) != self.at:
            return CONT
        if self.error:
            self.fail(thread)
        else:
            os.kill(thread, signal.SIGKILL)
        return CONT

    def returned(self, thread):
        """A call that was waited for is over."""
        info = ctypes.create_string_buffer(88)
        ptrace(GET_SYSCALL_INFO, thread, 88, ctypes.addressof(info))
        if call := self.waiting.pop(thread, None):
            call[1] = max(0, struct.unpack_from("q", info.raw, 24)[0])

    def path(self, thread, which, arguments):
        if isinstance(which, int):
            return self.link(thread, f"fd/{arguments[which] & 0xFFFFFFFF}")
        folder, index = which
        path = self.text(thread, arguments[index]) if arguments[index] else ""
        if path.startswith("/"):
            return path
        number = None if folder is None else arguments[folder] & 0xFFFFFFFF
        base = self.link(thread, "cwd" if number in (None, 0xFFFFFF9C) else f"fd/{number}")
        return f"{base}/{path}" if path else base

    @staticmethod
    def link(thread, name):
        try:
            return os.readlink(f"/proc/{thread}/{name}")
        except OSError:
            return ""

    @staticmethod
    def text(thread, address):
        with open(f"/proc/{thread}/mem", "rb", buffering=0) as memory:
            found = b""
            # Not beyond a page, which may be the last.
            while b"\0" not in found and len(found) < 4096:
                memory.seek(address + len(found))
                found += memory.read(4096 - (address + len(found)) % 4096)
        return found.split(b"\0")[0].decode(errors="replace")

    def fail(self, thread):
        """The call is skipped, and its answer is the error."""
        is_arm = platform.machine() == "aarch64"
        registers = (ctypes.c_uint64 * (34 if is_arm else 27))()
        area = struct.pack("QQ", ctypes.addressof(registers), ctypes.sizeof(registers))
        ptrace(GETREGSET, thread, 1, area)
        registers[0 if is_arm else 10] = -self.error & (1 << 64) - 1
        if is_arm:
            none = ctypes.c_int32(-1)
            ptrace(SETREGSET, thread, 0x404, struct.pack("QQ", ctypes.addressof(none), 4))
        else:
            registers[15] = (1 << 64) - 1
        ptrace(SETREGSET, thread, 1, area)

    def follow(self, child):
        """Until the last process has ended; how the first did."""
        code = None
        while True:
            try:
                thread, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return code
            if not os.WIFSTOPPED(status):
                if thread == child:
                    code = os.waitstatus_to_exitcode(status)
                continue
            given, event = os.WSTOPSIG(status), status >> 16
            how = CONT
            try:
                if event == STOP_OF_SECCOMP:
                    how = self.stopped(thread)
                elif given == STOP_OF_CALL:
                    self.returned(thread)
                # New threads begin with a stop.
                passed = 0 if event or given in (signal.SIGSTOP, signal.SIGTRAP, STOP_OF_CALL) else given
                ptrace(how, thread, None, passed)
            except ProcessLookupError:
                pass


def main(log, at, error, folders, *command):
    child = os.fork()
    if child == 0:
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        stop_at_calls()
        os.execvp(command[0], command)
    os.waitpid(child, 0)
    ptrace(SETOPTIONS, child, None, OPTIONS)
    ptrace(CONT, child)
    strike = Strike(int(at), int(error), folders.split(":"))
    code = strike.follow(child)
    with open(log, "w") as file:
        file.write("\n".join(f"{name} {size} {path}" for name, size, path in strike.calls))
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main(*sys.argv[1:])
