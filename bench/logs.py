#!/usr/bin/env python3
"""Measures what it costs to log a container's output: swiftainer's monitor beside conmon, in turn.

    bench/logs.py [--megabytes N] [--rounds N] [--lengths 80,1000] [--json FILE]

Needs root, a C compiler and conmon (which runs swiftainer-oci, so that both launch the same way). Files lie below
BENCH_WORK, by default a new folder in /dev/shm: the disk's own speed is not the question.
"""

import argparse
import ctypes
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(__file__).resolve().parent.parent / "bin"
TICKS = os.sysconf("SC_CLK_TCK")
PAYLOAD = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int count, char **words) {
  static char block[1 << 16];
  long length = atol(words[1]), left = atol(words[2]) << 20;
  for (long at = 0; at < (long)sizeof block; at++)
    block[at] = at % length == length - 1 ? '\n' : "abcdefghijklmnop qrstuvwxyz:0123456789"[at % 38];
  while (left > 0) {
    ssize_t done = write(1, block, sizeof block / length * length);
    if (done < 0) return 1;
    left -= done;
  }
  return 0;
}
"""


def build(folder):
    """A root file system with the payload in it, and a bundle of it."""
    rootfs = folder / "bundle" / "rootfs"
    for name in ("proc", "dev", "sys"):
        (rootfs / name).mkdir(parents=True)
    (folder / "lines.c").write_text(PAYLOAD)
    compiler = os.environ.get("CC", "clang" if shutil.which("clang") else "cc")
    subprocess.run([compiler, "-O2", "-static", "-o", rootfs / "lines", folder / "lines.c"], check=True)
    return rootfs


def ended(pid):
    """Waits for a process that was handed to us; its own processor time in seconds, without its children's."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    os.waitpid(pid, 0)
    return (int(fields[11]) + int(fields[12])) / TICKS


def children():
    return {int(word) for word in Path("/proc/self/task").joinpath(str(os.getpid()), "children").read_text().split()}


class Swiftainer:
    """`swiftainer run -d`, without a limit of the log's size, or with the default ones."""

    def __init__(self, folder, rootfs, *options):
        self.folder, self.rootfs, self.options = folder, rootfs, options
        self.environment = {
            **os.environ,
            "SWIFTAINER_DATA_ROOT": str(folder / "data"),
            "SWIFTAINER_RUN_ROOT": str(folder / "run"),
        }

    def call(self, *words):
        command = [str(word) for word in (BIN / "swiftainer", *words)]
        done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def measure(self, length, megabytes):
        before = children()
        begin = time.monotonic()
        identifier = self.call("run", "-d", "--network", "none", *self.options, self.rootfs, "/lines", length, megabytes)
        [monitor] = children() - before
        processor = ended(monitor)
        wall = time.monotonic() - begin
        self.call("rm", "-f", identifier)
        return wall, processor


class Conmon:
    """conmon with its own file format, which needs no escaping, and with swiftainer-oci below it."""

    def __init__(self, folder, rootfs):
        self.folder, self.bundle = folder, rootfs.parent
        self.runtime = [str(BIN / "swiftainer-oci"), "--root", str(folder / "state")]

    def measure(self, length, megabytes):
        subprocess.run([self.runtime[0], "spec", "--bundle", self.bundle], check=True)
        file = self.bundle / "config.json"
        spec = json.loads(file.read_text())
        spec["process"].update(args=["/lines", str(length), str(megabytes)], terminal=False)
        file.write_text(json.dumps(spec))
        log = self.folder / "conmon.log"
        begin = time.monotonic()
        command = ["conmon", "-c", "bench", "-u", "bench", "-n", "bench", "-r", self.runtime[0]]
        command += [f"--runtime-arg={word}" for word in self.runtime[1:]]
        command += ["-b", self.bundle, "-p", self.folder / "pid", "-P", self.folder / "conmon.pid"]
        command += ["-l", f"k8s-file:{log}", "--exit-dir", self.folder, "--socket-dir-path", self.folder]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not (self.folder / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        monitor = int((self.folder / "conmon.pid").read_text())
        subprocess.run([*self.runtime, "start", "bench"], check=True)
        processor = ended(monitor)
        wall = time.monotonic() - begin
        subprocess.run([*self.runtime, "delete", "--force", "bench"], check=True)
        for path in (log, self.folder / "pid", file):
            path.unlink(missing_ok=True)
        return wall, processor


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lengths", default="80,1000")
    parser.add_argument("--json")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # monitors are handed to us when their starters end
    folder = Path(tempfile.mkdtemp(prefix="swiftainer-bench-", dir=os.environ.get("BENCH_WORK", "/dev/shm")))
    try:
        rootfs = build(folder)
        subjects = {
            "swiftainer, one file": Swiftainer(folder, rootfs, "--log-opt", "max-size=-1"),
            "swiftainer, 3 × 10 MB": Swiftainer(folder, rootfs),
            "conmon": Conmon(folder, rootfs),
        }
        figures = {}
        for length in map(int, options.lengths.split(",")):
            for _ in range(options.rounds):
                for name, subject in subjects.items():
                    figures.setdefault((length, name), []).append(subject.measure(length, options.megabytes))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("| bytes a line | who | MB/s | processor ms per MB |")
    print("|---|---|---|---|")
    megabytes = options.megabytes * 1.048576
    rows = []
    for (length, name), values in figures.items():
        rate = statistics.median(megabytes / wall for wall, _ in values)
        processor = statistics.median(1000 * processor / megabytes for _, processor in values)
        rows.append({"length": length, "who": name, "rate": rate, "processor": processor})
        print(f"| {length} | {name} | {rate:.0f} | {processor:.2f} |")
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
