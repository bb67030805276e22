"""Waiting, always bounded and always for something that can be named."""

import ctypes
import os
import select
import threading
import time

PATIENCE = 15.0
"""Seconds after which a test gives up; generous, since a busy machine is not a defect."""

PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def until(check, what, timeout=PATIENCE):
    """Returns the first true value of `check()`, asked every five milliseconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain: {what}")
        time.sleep(0.005)


def become_subreaper():
    """Makes orphans of the runtime's commands children of this process, as under containerd's shim."""
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _stat(pid):
    """The fields of /proc/PID/stat after the name (proc_pid_stat(5)), or None."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_alive(pid):
    """Whether the process exists and is no zombie."""
    fields = _stat(pid)
    return fields is not None and fields[0] not in "ZX"


def start_time(pid):
    """When the process started, in ticks after boot: with its number, its identity."""
    fields = _stat(pid)
    return fields and int(fields[19])


def for_death(pid, timeout=PATIENCE):
    """Waits until the process is dead; it need not be a child."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        if not poll.poll(timeout * 1000):
            raise AssertionError(f"process {pid} is still alive after {timeout} s")
    finally:
        os.close(handle)


def exit_code(pid, timeout=PATIENCE):
    """Waits for the child's end and reaps it: its status, or 128 + the signal's number."""
    for_death(pid, timeout)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


class Orphan:
    """A process that the runtime left to this one, reaped as soon as it is dead.

    Where it is in a container's pid namespace, that namespace does not end before it is reaped.
    """

    def __init__(self, pid):
        self.pid = pid
        self.code = None
        self.failure = "it is still alive"
        self.thread = threading.Thread(target=self.reap, daemon=True)
        self.thread.start()

    def reap(self):
        try:
            self.code = exit_code(self.pid, timeout=4 * PATIENCE)
        except ChildProcessError:
            self.failure = "it was not ours to reap, so an engine could not learn its exit status"

    def exit_code(self, timeout=PATIENCE):
        self.thread.join(timeout)
        assert self.code is not None, f"process {self.pid} after {timeout} s: {self.failure}"
        return self.code


def reap_orphans(keep=None):
    """Takes the exit statuses of dead children, but for that one."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None or found.si_pid == keep:
                return
            os.waitpid(found.si_pid, 0)
        except ChildProcessError:
            return


def children(pid):
    """Every living descendant of the process."""
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in map(int, file.read().split()):
                    if is_alive(child):
                        found.append(child)
                    found += children(child)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return "?"
