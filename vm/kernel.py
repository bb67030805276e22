"""The guest's kernel, Debian's own, and the initramfs that starts with it: made once, then cached."""

import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from errors import Failure
from relay import say
from tools import run

GUEST = Path(__file__).resolve().parent / "guest"
PACKAGE = "linux-image-amd64"
BUSYBOX = Path("/bin/busybox")
# What the guest needs before it can mount the whole tree of modules. An order, since crc32c is asked for by
# nobody's name.
MODULES = (
    "crc32c_generic", "virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay", "ext4", "virtio_blk", "virtio_rng",
)


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel: `release` is what uname -r will say."""

    folder: Path
    release: str

    @property
    def image(self):
        return self.folder / "vmlinux"

    @property
    def modules(self):
        return self.folder / "modules"


def kernel(cache):
    """The newest kernel that Debian offers, from the cache if it is there; where it cannot be had, the newest cached."""
    folder = newest(cache)
    cache.use(folder)
    return Kernel(folder, (folder / "release").read_text().strip())


def newest(cache):
    cached = max(cache.folder.glob("kernel-*"), key=lambda folder: folder.stat().st_mtime, default=None)
    package, version = newest_package()
    if package is None:
        if cached is None:
            raise Failure(f"apt knows no {PACKAGE}: this needs Debian, and its package lists (apt-get update)")
        return cached
    folder = cache.folder / f"kernel-{package}_{version}"
    if folder.exists():
        return folder
    try:
        return fetch(package, folder)
    except Failure as failure:
        if cached is None:
            raise
        say(f"{failure}; going on with {cached.name}")
        return cached


def newest_package():
    """The package that holds the kernel which linux-image-amd64 stands for now, and its version; or None for both."""
    names = [name for kind, name in apt_cache("depends", PACKAGE) if kind == "Depends" and name.startswith("linux-image-")]
    if not names:
        return None, None
    versions = [version for field, version in apt_cache("show", "--no-all-versions", names[0]) if field == "Version"]
    return names[0], versions[0] if versions else "unknown"


def apt_cache(*words):
    """The lines `field: value` of what it says."""
    environment = os.environ | {"LC_ALL": "C"}
    try:
        answer = subprocess.run(["apt-cache", *words], capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        return []
    return [tuple(line.strip().split(": ", 1)) for line in answer.stdout.splitlines() if ": " in line]


def fetch(package, folder):
    """Downloads the package and unpacks what is needed of it into the folder; nothing is installed."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as name:
        new = Path(name)
        say(f"fetching {package}")
        run(["apt-get", "download", "-q", package], cwd=new)
        (archive,) = new.glob("*.deb")
        run(["dpkg-deb", "-x", archive, new / "unpacked"])
        archive.unlink()
        images = list(new.glob("unpacked/boot/vmlinuz-*"))
        trees = list(new.glob("unpacked/lib/modules")) + list(new.glob("unpacked/usr/lib/modules"))
        if len(images) != 1 or len(trees) != 1:
            raise Failure(f"{package} does not hold one kernel with its modules: this needs Debian 12 or 13")
        release = images[0].name.removeprefix("vmlinuz-")
        made = new / "kernel"
        (made / "lib").mkdir(parents=True)
        trees[0].rename(made / "lib/modules")
        run(["depmod", "-b", made, release])
        (made / "lib/modules").rename(made / "modules")
        (made / "lib").rmdir()
        (made / "vmlinux").write_bytes(unpacked(images[0].read_bytes()))
        (made / "release").write_text(release + "\n")
        os.sync()  # a name must not outlive, in a power cut, what it stands for
        return made.rename(folder)


def unpacked(image):
    """The ELF file inside a bzImage, which an emulator starts seconds faster; the bzImage itself if it packs otherwise."""
    start = image.find(b"\xfd7zXZ\x00")
    if start < 0:
        return image
    try:
        elf = lzma.LZMADecompressor().decompress(image[start:])
    except lzma.LZMAError:
        return image
    return elf if elf.startswith(b"\x7fELF") else image


def initramfs(kernel, cache):
    """A cpio archive with busybox, the modules needed first, and the guest's scripts."""
    if not BUSYBOX.exists():
        raise Failure(f"there is no {BUSYBOX}: install busybox-static")
    if needs_loader(BUSYBOX.read_bytes()):
        raise Failure(f"{BUSYBOX} is not static, and alone in the guest at first: install busybox-static")
    scripts = sorted(GUEST.iterdir())
    digest = hashlib.sha256(BUSYBOX.read_bytes() + Path(__file__).read_bytes())
    for script in scripts:
        digest.update(script.name.encode() + script.read_bytes())
    target = cache.folder / f"initramfs-{kernel.release}-{digest.hexdigest()[:12]}"
    if target.exists():
        return cache.use(target)
    with tempfile.TemporaryDirectory(dir=cache.folder, prefix=".new-") as name:
        tree = Path(name) / "tree"
        (tree / "bin").mkdir(parents=True)
        (tree / "guest").mkdir()
        shutil.copy(BUSYBOX, tree / "bin/busybox")
        for script in scripts:
            shutil.copy(script, tree if script.name == "init" else tree / "guest")
        (tree / "init").chmod(0o755)
        (tree / "modules").write_text("".join(module + "\n" for module in MODULES))
        copy_modules(kernel, tree / "lib/modules" / kernel.release)
        run(["depmod", "-b", tree, kernel.release])
        archive = Path(name) / "initramfs"
        archive.write_bytes(cpio(tree))
        os.sync()
        return cache.use(archive.rename(target))


def needs_loader(elf):
    """Whether an executable (ELF of 64 bits) names an interpreter: PT_INTERP among its program headers."""
    start, size, count = (*struct.unpack_from("<Q", elf, 0x20), *struct.unpack_from("<HH", elf, 0x36))
    return any(struct.unpack_from("<I", elf, start + number * size)[0] == 3 for number in range(count))


def copy_modules(kernel, target):
    source = kernel.modules / kernel.release
    target.mkdir(parents=True)
    names = {}
    for line in (source / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        names[Path(path).name.partition(".ko")[0].replace("-", "_")] = [path, *needs.split()]
    for module in MODULES:
        # A module that the kernel has built in has no file.
        for path in names.get(module.replace("-", "_"), ()):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            if path.endswith(".xz"):
                (target / path).with_suffix("").write_bytes(lzma.decompress((source / path).read_bytes()))
            else:
                shutil.copy(source / path, target / path)
    for name in ("modules.builtin", "modules.order", "modules.builtin.modinfo"):
        shutil.copy(source / name, target / name)


def cpio(tree):
    """The folder as an archive in the newc format (the kernel's Documentation/driver-api/early-userspace)."""
    out = bytearray()

    def add(name, mode, data=b""):
        encoded = name.encode() + b"\0"
        fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        out.extend(b"070701" + b"".join(b"%08x" % field for field in fields) + encoded)
        out.extend(b"\0" * (-len(out) % 4))
        out.extend(data)
        out.extend(b"\0" * (-len(out) % 4))

    for path in sorted(tree.rglob("*")):
        add(str(path.relative_to(tree)), path.stat().st_mode, b"" if path.is_dir() else path.read_bytes())
    add("TRAILER!!!", 0)
    return bytes(out)
