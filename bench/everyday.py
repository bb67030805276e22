#!/usr/bin/env python3
"""Measures everyday containers: the common verbs and the start on a network beside podman's, in turn; what one costs
while it runs, and how that changes with their number.

    bench/everyday.py [--only podman,network,scale] [--counts 10,100,1000] [--rounds N] [--urgent] [--bin FOLDER]
                      [--json FILE]

Needs root, the fixtures' busybox, iproute2 and podman. Everything happens in mount and network namespaces of its own, with
all folders in memory: neither the machine's containers nor its packet filter are touched.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import setting  # noqa: E402
import table  # noqa: E402
from engines import Podman, Swiftainer, private, settle  # noqa: E402

WORK = Path(os.environ.get("BENCH_WORK", "."))
BOX = HERE.parent / "rootfs-fixtures" / "out" / "busybox"
WARM = 2  # rounds that are not counted
ALIKE = 5  # containers whose monitors' memory is looked at: of one alone all pages would be private


def milliseconds(values):
    return f"{statistics.median(values) * 1e3:.1f} ±{table.spread(values) * 100:.0f}%"


def in_turn(rounds, subjects):
    """Seconds by subject, one of each after the other. A subject is a function that returns them."""
    times = {name: [] for name in subjects}
    for round_number in range(-WARM, rounds):
        for name, take in subjects.items():
            took = take()
            if round_number >= 0:
                times[name].append(took)
            settle(WORK)
    return times


def started(engine, name, *flags):
    """Seconds until a detached container runs; takes it away again."""
    took = engine.timed("run", "-d", "--name", name, *flags, *engine.root(BOX), "sleep", "100000")
    engine.remove(name)
    return took


def memory(engine, flags):
    """KiB of private memory of each of some containers' monitors. `flags` is a function of a container's number."""
    names = [f"bench-{number}" for number in range(ALIKE)]
    for number, name in enumerate(names):
        engine("run", "-d", "--name", name, *flags(number), *engine.root(BOX), "sleep", "100000")
    kib = private(engine.monitors())
    engine.remove(*names)
    return kib


def beside_podman(engines, rounds):
    """Each verb in turn with podman's, without networks."""
    alone = ("--network", "none")
    for engine in engines:
        engine("run", "-d", "--name", "bench", *alone, *engine.root(BOX), "sleep", "100000")
    verbs = {
        "run --rm true": lambda engine: engine.timed("run", "--rm", *alone, *engine.root(BOX), "true"),
        "run -d": lambda engine: started(engine, "bench-more", *alone),
        "exec true": lambda engine: engine.timed("exec", "bench", "true"),
        "ps": lambda engine: engine.timed("ps"),
    }
    rows = []
    print("| verb | swiftainer, ms | podman, ms | of podman |\n|---|---|---|---|", flush=True)
    for verb, take in verbs.items():
        times = in_turn(rounds, {engine.name: lambda engine=engine: take(engine) for engine in engines})
        ratio = statistics.median(times["swiftainer"]) / statistics.median(times["podman"])
        rows.append({"verb": verb, "times": times, "ratio": ratio})
        print(f"| `{verb}` | {' | '.join(milliseconds(series) for series in times.values())} | {ratio:.3f} |", flush=True)
    for engine in engines:
        engine.remove_all()
    kib = {engine.name: memory(engine, lambda number: alone) for engine in engines}
    print(f"| monitor's private memory, KiB | {kib['swiftainer']:.0f} | {kib['podman']:.0f} |"
          f" {kib['swiftainer'] / kib['podman']:.2f} |", flush=True)
    return {"rows": rows, "monitor_kib": kib}


def on_networks(engines, rounds):
    """What a network adds to the start of a detached container, and what it costs while it runs."""
    variants = {
        "none": lambda number: ("--network", "none"),
        "the usual bridge": lambda number: (),
        "the usual bridge, a port": lambda number: ("-p", f"{18080 + number}:80"),
        "one of one's own": lambda number: ("--network", "bench"),
        "one of one's own, a port": lambda number: ("--network", "bench", "-p", f"{18080 + number}:80"),
    }
    for engine in engines:
        engine("network", "create", "bench")
    subjects = {
        (engine.name, variant): lambda engine=engine, flags=flags: started(engine, "bench", *flags(0))
        for variant, flags in variants.items() for engine in engines
    }
    times = in_turn(rounds, subjects)
    rows = []
    print("| network | swiftainer, ms | added | podman, ms | added | swiftainer's monitor, KiB | conmon, KiB |\n"
          "|---|---|---|---|---|---|---|", flush=True)
    for variant, flags in variants.items():
        row, cells, kib = {"network": variant}, [], []
        for engine in engines:
            series, base = times[engine.name, variant], times[engine.name, "none"]
            # Within a round, so that other work on the machine weighs on both.
            added = statistics.median(with_it - without for with_it, without in zip(series, base)) * 1e3
            kib.append(memory(engine, flags))
            row[engine.name] = {"seconds": series, "added_ms": added, "monitor_kib": kib[-1]}
            cells += [milliseconds(series), f"{added:.1f}" if variant != "none" else ""]
        rows.append(row)
        print(f"| {variant} | {' | '.join(cells)} | {' | '.join(f'{value:.0f}' for value in kib)} |", flush=True)
    return rows


def scale(engine, counts, rounds, network):
    """For each number of running containers: what one more costs, and what looking at all takes."""
    flags = ("--network", network)
    rows, there = [], 0
    print("| containers | start, ms each | one more, ms | exec -d, ms | ps -a, ms | monitor, KiB |\n|---|---|---|---|---|---|",
          flush=True)
    for count in counts:
        begin = time.monotonic()
        for _ in range(there, count):
            engine("run", "-d", *flags, BOX, "sleep", "100000")
        start = (time.monotonic() - begin) / max(1, count - there)
        there = count
        last = engine("ps", "-q", "-l").strip()
        times = {
            "one more": lambda: engine.timed("run", "-d", "--rm", *flags, BOX, "true"),
            "exec": lambda: engine.timed("exec", "-d", last, "true"),
            "ps": lambda: engine.timed("ps", "-a"),
        }
        medians = {name: statistics.median(take() for _ in range(rounds)) * 1e3 for name, take in times.items()}
        kib = private(engine.monitors())
        rows.append({"containers": count, "start_ms": start * 1e3, "monitor_kib": kib, **medians})
        print(f"| {count} | {start * 1e3:.1f} | {' | '.join(f'{value:.1f}' for value in medians.values())} | {kib:.0f} |",
              flush=True)
    identifiers = engine("ps", "-q").split()
    stop = engine.timed("system", "shutdown", "-t", "0")
    remove = engine.timed("rm", "-f", *identifiers)
    settle(WORK)
    print(f"all {len(identifiers)} stopped in {stop:.1f} s, removed in {remove:.1f} s", flush=True)
    return {"network": network, "rows": rows, "stop_all_s": stop, "remove_all_s": remove, "of": len(identifiers)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="podman,network,scale", help="which parts to measure")
    parser.add_argument("--counts", default="10,100,1000")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--urgent", action="store_true", help="come before the machine's other work, by a real-time policy")
    parser.add_argument("--bin", default=HERE.parent / "bin", help="the folder of the programs to measure")
    parser.add_argument("--json", help="write all samples to a file")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench: namespaces and mounts of our own need root")
    setting.enter([sys.executable, *sys.argv], arguments.urgent)
    setting.prepare_engines(WORK)
    ours = Swiftainer(WORK, Path(arguments.bin).resolve())
    parts = arguments.only.split(",")
    engines = [ours, Podman(WORK)] if {"podman", "network"} & set(parts) else [ours]
    figures = {"load": [os.getloadavg()[0]]}
    try:
        if "podman" in parts:
            figures["podman"] = beside_podman(engines, arguments.rounds)
        if "network" in parts:
            figures["network"] = on_networks(engines, arguments.rounds)
        if "scale" in parts:
            counts = [int(text) for text in arguments.counts.split(",")]
            figures["scale"] = [scale(ours, counts, arguments.rounds, network) for network in ("none", "bridge")]
    finally:
        for engine in engines:
            engine.remove_all()
    figures["load"].append(os.getloadavg()[0])
    print(f"load average {figures['load'][0]:.1f} before, {figures['load'][1]:.1f} after;"
          " ± is half the distance of the quartiles")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
