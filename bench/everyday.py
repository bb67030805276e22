#!/usr/bin/env python3
"""Measures everyday containers: what one costs while it runs, and how that changes with their number; and the common
verbs beside podman's, in turn.

    bench/everyday.py [--counts 10,100,1000] [--rounds N] [--without-podman] [--json FILE]

Needs root and the fixtures' busybox. Its containers have roots of their own, below BENCH_WORK or a new folder in /tmp.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PROGRAM = REPOSITORY / "bin" / "swiftainer"
BOX = REPOSITORY / "rootfs-fixtures" / "out" / "busybox"


def run(*words, environment=None):
    done = subprocess.run([str(word) for word in words], env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def timed(*words, environment=None):
    begin = time.monotonic()
    run(*words, environment=environment)
    return time.monotonic() - begin


def private(pids):
    """KiB of memory that belongs to each of these processes alone, the mean: pages it has written, and others that
    nobody else has mapped."""
    totals = []
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        except ProcessLookupError:
            continue  # that of a container that was to end at once
        fields = dict(line.split(":") for line in lines)
        totals.append(sum(int(fields[name].split()[0]) for name in ("Private_Dirty", "Private_Clean")))
    return statistics.mean(totals)


def processes(name, text=""):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if os.path.basename(line.split(" ")[0]) == name and text in line:
                found.append(int(entry.name))
    return found


class Ours:
    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "SWIFTAINER_DATA_ROOT": str(folder / "data"),
                            "SWIFTAINER_RUN_ROOT": str(folder / "run")}

    def __call__(self, *words):
        return run(PROGRAM, *words, environment=self.environment)

    def timed(self, *words):
        return timed(PROGRAM, *words, environment=self.environment)

    def fill(self, count):
        """Starts containers until there are so many; seconds for each that was added."""
        there = len(self("ps", "-q").split())
        begin = time.monotonic()
        for _ in range(there, count):
            self("run", "-d", BOX, "sleep", "100000")
        return (time.monotonic() - begin) / max(1, count - there)

    def monitors(self):
        return processes("swiftainer-monitor", str(self.folder))


def scale(ours, counts, rounds):
    """For each number of running containers: what one more costs, and what looking at all takes."""
    rows = []
    for count in counts:
        start = ours.fill(count)
        more = statistics.median(ours.timed("run", "-d", "--rm", BOX, "true") for _ in range(rounds))
        rows.append({
            "containers": count,
            "start_ms": start * 1e3,
            "one_more_ms": more * 1e3,
            "monitor_kib": private(ours.monitors()),
            "ps_ms": statistics.median(ours.timed("ps", "-a") for _ in range(rounds)) * 1e3,
            "exec_ms": statistics.median(ours.timed("exec", "-d", ours("ps", "-q", "-l").strip(), "true")
                                         for _ in range(rounds)) * 1e3,
        })
        print(rows[-1], flush=True)
    identifiers = ours("ps", "-q").split()
    stop = ours.timed("system", "shutdown", "-t", "0")
    remove = ours.timed("rm", "-f", *identifiers)
    print({"stop_all_s": stop, "remove_all_s": remove, "of": len(identifiers)}, flush=True)
    return {"rows": rows, "stop_all_s": stop, "remove_all_s": remove, "of": len(identifiers)}


PODMAN = ["podman", "--cgroup-manager", "cgroupfs", "--events-backend", "file"]
PODMAN_FLAGS = ["--network", "none", "--cgroups", "disabled", "--security-opt", "seccomp=unconfined"]
# Its own limits would be above what may be had without CAP_SYS_RESOURCE.
for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
    hard = resource.getrlimit(number)[1]
    PODMAN_FLAGS += ["--ulimit", f"{name}={hard}:{hard}"]


def beside_podman(ours, rounds):
    """Each verb in turn with podman's: medians in milliseconds, and the ratio."""
    ours("run", "-d", "--name", "bench", BOX, "sleep", "100000")
    run(*PODMAN, "run", "-d", "--name", "swiftainer-bench", *PODMAN_FLAGS, "--rootfs", f"{BOX}:O", "sleep", "100000")
    pairs = {
        "run --rm true": (["run", "--rm", BOX, "true"],
                          ["run", "--rm", *PODMAN_FLAGS, "--rootfs", f"{BOX}:O", "true"]),
        "exec true": (["exec", "bench", "true"], ["exec", "swiftainer-bench", "true"]),
        "ps": (["ps"], ["ps"]),
    }
    rows = []
    try:
        for verb, (mine, theirs) in pairs.items():
            times = ([], [])
            for _ in range(rounds):
                times[0].append(ours.timed(*mine))
                times[1].append(timed(*PODMAN, *theirs))
            first, second = (statistics.median(series) * 1e3 for series in times)
            rows.append({"verb": verb, "ours_ms": first, "podman_ms": second, "ratio": first / second})
            print(rows[-1], flush=True)
        rows.append({"monitor_kib": private(ours.monitors()), "conmon_kib": private(processes("conmon"))})
        print(rows[-1], flush=True)
    finally:
        run(*PODMAN, "rm", "-f", "-t", "0", "swiftainer-bench")
        ours("rm", "-f", "bench")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="10,100,1000")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--without-podman", action="store_true")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    folder = Path(os.environ.get("BENCH_WORK") or tempfile.mkdtemp(prefix="swiftainer-bench-"))
    ours = Ours(folder)
    figures = {}
    try:
        if not arguments.without_podman and shutil.which("podman"):
            figures["podman"] = beside_podman(ours, arguments.rounds)
        figures["scale"] = scale(ours, [int(text) for text in arguments.counts.split(",")], arguments.rounds)
    finally:
        left = ours("ps", "-a", "-q").split()
        if left:
            ours("rm", "-f", *left)
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=2))


main()
