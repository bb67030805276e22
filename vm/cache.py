"""What machines are made of, kept from run to run: as much as this run and those beside it need, and nothing older."""

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from relay import say

NO_KVM = "no-kvm-"


class Cache:
    """A folder with kernels, initramfs archives, and a mark that KVM does not work.

    A run holds a lock on each file and folder in it that it uses. What nobody holds is removed when the next run
    has found or made its own: a change of the scripts leaves no old archive behind.
    """

    def __init__(self):
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        self.folder = Path(base) / "swiftainer-vm"
        self.used = {}

    @contextmanager
    def changing(self):
        """One run at a time looks for what it needs and makes what is missing; then old things go."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another run prepares its kernel; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
            self.tidy()

    def use(self, path):
        """Keeps a file or folder as long as this process lives. Only inside `changing`."""
        self.used[path] = os.open(path, os.O_RDONLY)
        fcntl.flock(self.used[path], fcntl.LOCK_SH)
        return path

    def no_kvm(self):
        """A mark that this boot of the host has seen KVM fail."""
        return self.folder / (NO_KVM + Path("/proc/sys/kernel/random/boot_id").read_text().strip())

    def tidy(self):
        for path in self.folder.iterdir():
            if path.name == "lock" or path in self.used or path == self.no_kvm():
                continue
            if path.name.startswith(NO_KVM):
                path.unlink()
                continue
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            except BlockingIOError:
                pass  # another run's
            finally:
                os.close(descriptor)
