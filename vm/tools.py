"""The programs of this host that a machine is made with."""

import os
import subprocess

from errors import Failure


def run(command, **options):
    """Runs a tool, one of the administrator's as well, which have no place on everybody's PATH."""
    paths = os.environ | {"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    try:
        answer = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=paths, **options)
    except FileNotFoundError:
        package = {"depmod": "kmod", "mke2fs": "e2fsprogs", "apt-get": "apt", "dpkg-deb": "dpkg"}.get(command[0], command[0])
        raise Failure(f"there is no {command[0]}: install {package}") from None
    if answer.returncode != 0:
        last = (answer.stderr.strip() or answer.stdout.strip() or "no word").splitlines()[-1]
        raise Failure(f"{command[0]} failed: {last}")
