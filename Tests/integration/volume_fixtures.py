"""What the tests of volumes, `cp` and `diff` share: an image that has something."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from engine_fixtures import box, engine_in  # noqa: F401


@pytest.fixture
def engine(request, runtime, box):  # noqa: F811
    """With roots beside `scratch`, in which is what is copied."""
    folder = tempfile.mkdtemp(prefix="swt-")
    yield from engine_in(folder, request, runtime, box)
    shutil.rmtree(folder)


@pytest.fixture
def image(box, tmp_path):  # noqa: F811
    """A rootfs of the test's own with /data in it: files, links, a pipe, owners, attributes, a hole."""
    folder = tmp_path / "image"
    shutil.copytree(box, folder, symlinks=True)
    data = folder / "data"
    (data / "sub").mkdir(parents=True)
    (data / "file").write_text("from the image")
    os.link(data / "file", data / "sub/second")
    (data / "link").symlink_to("/etc/passwd")
    (data / "sub/script").write_text("#!/bin/sh\n")
    (data / "sub/script").chmod(0o4755)
    os.chown(data / "sub/script", 33, 44)
    (data / "sub/script").chmod(0o4755)
    os.mkfifo(data / "pipe", 0o620)
    with open(data / "sparse", "wb") as file:
        file.seek(8 << 20)
        file.write(b"end")
    os.setxattr(data / "file", "user.note", b"kept")
    os.utime(data / "file", ns=(1_500_000_000_000_000_001, 1_400_000_000_000_000_002))
    with open(os.fsencode(data) + b"/not-utf8-\xff", "w") as file:
        file.write("bytes")
    os.chown(data, 1000, 1001)
    data.chmod(0o2750)
    return folder


def described(folder):
    """All that a copy has to keep, by relative path."""
    found = {}
    names = {}
    root = os.fsencode(folder)
    for parent, folders, files in os.walk(root):
        for path in [parent, *(os.path.join(parent, name) for name in folders + files)]:
            info = os.lstat(path)
            content = b""
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path):
                content = Path(os.fsdecode(path)).read_bytes()
            attributes = {name: os.getxattr(path, name, follow_symlinks=False) for name in os.listxattr(path, follow_symlinks=False)}
            relative = os.path.relpath(path, root)
            first = names.setdefault(info.st_ino, relative)
            found[relative] = (info.st_mode, info.st_uid, info.st_gid, info.st_mtime_ns, content, attributes, first)
    return found
