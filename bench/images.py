#!/usr/bin/env python3
"""Measures images: pulls from a registry on loopback beside podman and beside skopeo with umoci, in turn; and how long a
container of many layers takes to start.

    bench/images.py [--rounds N] [--mebibytes N] [--bin FOLDER] [--json FILE]

Needs root, the fixtures' busybox, docker-registry, podman, skopeo and umoci. Everything is unpacked on the disk that holds
the folder for temporary files, each time into an empty store.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Tests" / "integration")]

import table  # noqa: E402
from harness.images import Image, Layer  # noqa: E402
from harness.registry import Registry  # noqa: E402

BOX = HERE.parent / "rootfs-fixtures" / "out" / "busybox"


def files(number, size, chance):
    """Files of 1 to 160 KiB that together have about that size, and compress to somewhat less than half."""
    words = [chance.randbytes(64) for _ in range(512)]
    left = size
    while left > 0:
        content = b"".join(chance.choices(words, k=chance.randrange(16, 2500)))
        left -= len(content)
        yield f"usr/share/layer{number}/file{left}", content


def images(mebibytes):
    chance = random.Random(1)
    base = Layer.of(folder=BOX)
    size = (mebibytes << 20) // 9
    big = Image(base, *[Layer.of(*files(number, size, chance)) for number in range(9)], config={"Cmd": ["true"]})
    many = Image(base, *[Layer.of((f"layers/{number}", b"")) for number in range(99)], config={"Cmd": ["true"]})
    return {"big": big, "one": Image(base, config={"Cmd": ["true"]}), "many": many}


def timed(*words, environment=None):
    """Seconds that it takes."""
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], env={**os.environ, **(environment or {})},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {errors.decode().strip()}")
    return time.monotonic() - begin


class Swiftainer:
    def __init__(self, programs):
        self.program = Path(programs).resolve() / "swiftainer"

    def environment(self, store):
        return {"SWIFTAINER_DATA_ROOT": f"{store}/data", "SWIFTAINER_RUN_ROOT": f"{store}/run"}

    def pull(self, store, name):
        return timed(self.program, "pull", name, environment=self.environment(store))

    def run(self, store, name):
        return timed(self.program, "run", "--rm", "--network", "none", name, environment=self.environment(store))


class Podman:
    def pull(self, store, name):
        words = ["podman", "--root", f"{store}/root", "--runroot", f"{store}/run", "--tmpdir", f"{store}/tmp"]
        return timed(*words, "--storage-driver", "overlay", "pull", "-q", "--tls-verify=false", name)


class Umoci:
    def pull(self, store, name):
        source = f"docker://{name}:latest"
        took = timed("skopeo", "copy", "-q", "--src-tls-verify=false", source, f"oci:{store}/layout:latest")
        return took + timed("umoci", "unpack", "--image", f"{store}/layout:latest", f"{store}/bundle")


@contextlib.contextmanager
def store():
    """An empty folder on the disk, and nothing of the one before still on its way there."""
    folder = tempfile.mkdtemp(prefix="swiftainer-bench-")
    os.sync()
    try:
        yield folder
    finally:
        # Podman's store is a mount point.
        if os.path.ismount(f"{folder}/root/overlay"):
            subprocess.run(["umount", f"{folder}/root/overlay"], check=True)
        shutil.rmtree(folder)


def text(samples):
    return f"{statistics.median(samples):.2f} ±{table.spread(samples) * 100:.0f}%"


def pulls(subjects, name, rounds):
    first = {subject: [] for subject in subjects}
    second = {subject: [] for subject in ("swiftainer", "podman") if subject in subjects}
    # All are removed at the end: ext4 without a journal goes around the inodes of what was removed for minutes, and
    # whoever makes files next would pay for that.
    with contextlib.ExitStack() as stores:
        for _ in range(rounds):
            for subject, engine in subjects.items():
                folder = stores.enter_context(store())
                first[subject].append(engine.pull(folder, name))
                if subject in second:
                    second[subject].append(engine.pull(folder, name))
    for what, figures in (("pull and unpack, s", first), ("what is there already, s", second)):
        mine = statistics.median(figures["swiftainer"])
        cells = [f"{subject} {text(samples)} ({mine / statistics.median(samples):.2f})" for subject, samples in figures.items()]
        print(f"| {what} | " + " | ".join(cells) + " |", flush=True)
    return {"first": first, "second": second}


def starts(engine, names, rounds):
    with store() as folder:
        for name in names.values():
            engine.pull(folder, name)
            engine.run(folder, name)
        samples = {what: [] for what in names}
        for _ in range(rounds):
            for what, name in names.items():
                samples[what].append(engine.run(folder, name) * 1000)
    ratio = statistics.median(many / one for one, many in zip(samples["one layer"], samples["100 layers"]))
    print("| run --rm, ms | " + " | ".join(f"{what} {text(values)}" for what, values in samples.items()) + f" | {ratio:.2f} |")
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=300, help="of the image's files")
    parser.add_argument("--bin", default=HERE.parent / "bin", help="the folder of the programs to measure")
    parser.add_argument("--json", help="write all samples to a file")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench: stores of images need root")
    engine = Swiftainer(arguments.bin)
    subjects = {"swiftainer": engine, "podman": Podman(), "skopeo and umoci": Umoci()}
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="swiftainer-registry-") as folder:
        registry = Registry(Path(folder))
        try:
            names = {}
            for name, image in images(arguments.mebibytes).items():
                names[name] = registry.push(image, name).removesuffix(":latest")
            figures = pulls(subjects, names["big"], arguments.rounds)
            figures["starts"] = starts(engine, {"one layer": names["one"], "100 layers": names["many"]}, 5 * arguments.rounds)
        finally:
            registry.close()
    print(f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after; ± is half the distance of the quartiles")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
