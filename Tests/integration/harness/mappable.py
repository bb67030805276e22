"""A file system that can be idmapped, on any kernel that idmaps."""

import os
import subprocess
import tempfile
from contextlib import contextmanager

from . import host

SIZE = 8 << 20


@contextmanager
def mounted(folder, options="rw"):
    """Mounts it on a new folder of the host while the test needs it: tmpfs from Linux 6.3 on, before it ext4."""
    folder.mkdir()
    with tempfile.NamedTemporaryFile(prefix="swt-ext4-") as image:
        if host.kernel() >= (6, 3):
            arguments = ["-t", "tmpfs", "-o", options, "mappable"]
        else:
            os.truncate(image.name, SIZE)
            subprocess.run(["mkfs.ext4", "-q", image.name], check=True)
            subprocess.run(["modprobe", "-a", "loop", "ext4"])  # where no udev has made the nodes
            arguments = ["-o", f"loop,{options}", image.name]
        subprocess.run(["mount", *arguments, folder], check=True)
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-R", folder], check=True)
