#!/usr/bin/env python3
"""Measures containers' networks: TCP by iperf3 beside podman's in turn, and the name server.

    bench/network.py [--rounds N] [--seconds N] [--urgent] [--iperf3 FILE] [--bin FOLDER] [--json FILE]

Needs root, a C compiler, the fixtures' busybox, iproute2, iperf3 and podman. Each engine has a network namespace of its own
that plays the host, and one more plays another host, with a pair of devices to each: neither the machine's containers
nor its packet filter are touched.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import setting  # noqa: E402
import table  # noqa: E402
from engines import Podman, Swiftainer, inside, make_network  # noqa: E402

WORK = Path(os.environ.get("BENCH_WORK", "."))
BOX = HERE.parent / "rootfs-fixtures" / "out" / "busybox"
ROOT = WORK / "rootfs"
OTHER = "bench-other"
PORT = 15201
IPERF3_PORT = 5201


def make_root(iperf3):
    """The fixtures' busybox with iperf3, what it is linked with, and the program that asks name servers."""
    shutil.copytree(BOX, ROOT, symlinks=True)
    linked = subprocess.run(["ldd", iperf3], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", linked):
        # All in one folder, but the loader, whose path is in the program.
        loader = Path(library).name.startswith("ld-")
        copy(library, ROOT / (library[1:] if loader else f"iperf3/{Path(library).name}"))
    copy(iperf3, ROOT / "iperf3" / "iperf3")
    compiler = os.environ.get("CC", "clang" if shutil.which("clang") else "cc")
    subprocess.run([compiler, "-O2", "-static", "-o", ROOT / "ask", HERE / "ask.c"], check=True)


def copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def join_hosts(number, engine):
    """A pair of devices between the engine's host and the other one: .1 and .2 of a network of theirs."""
    for word in (["link", "add", "bench-out", "type", "veth", "peer", "name", f"bench-{number}", "netns", OTHER],
                 ["address", "add", f"198.18.{number}.1/24", "dev", "bench-out"], ["link", "set", "bench-out", "up"]):
        subprocess.run(["ip", "-n", engine.network, *word], check=True)
    peer = f"bench-{number}"
    for word in (["address", "add", f"198.18.{number}.2/24", "dev", peer], ["link", "set", peer, "up"]):
        subprocess.run(["ip", "-n", OTHER, *word], check=True)


def received(output):
    """Of what iperf3 tells as JSON: Gbit/s that arrived; and Gbit for each second of processor time of both ends, on
    which other work that the machine has weighs less."""
    told = json.loads(output)
    end = told["end"]
    if "sum_received" not in end:
        raise SystemExit(f"iperf3: {told.get('error', 'nothing arrived')}")
    rate, used = end["sum_received"]["bits_per_second"] / 1e9, end["cpu_utilization_percent"]
    return rate, rate / ((used["host_total"] + used["remote_total"]) / 100)


class Paths:
    """One engine's two containers, and the ways that lead to and from them."""

    def __init__(self, number, engine, iperf3, seconds):
        self.number, self.engine, self.iperf3 = number, engine, iperf3
        self.wanted = ["--json", "--time", str(seconds), "--omit", "0.5", "--client"]
        program = ["/iperf3/iperf3"]
        library = ("-e", "LD_LIBRARY_PATH=/iperf3")
        port = ("-p", f"{PORT}:{IPERF3_PORT}")
        engine("run", "-d", "--name", "server", *library, *port, *engine.root(ROOT), *program, "--server")
        engine("run", "-d", "--name", "client", *library, *engine.root(ROOT), "sleep", "100000")
        self.server = engine("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "server").strip()
        self.inside = ["exec", "client", *program, *self.wanted]

    def from_host(self, network, address):
        with inside(network):
            ended = subprocess.run([self.iperf3, *self.wanted, address, "--port", str(PORT)], capture_output=True, text=True,
                                   check=False)
        if ended.returncode:
            raise SystemExit(f"iperf3: {ended.stdout} {ended.stderr}")
        return received(ended.stdout)

    def between(self):
        return received(self.engine(*self.inside, self.server))

    def from_other(self):
        return self.from_host(OTHER, f"198.18.{self.number}.1")

    def from_own(self):
        return self.from_host(self.engine.network, "127.0.0.1")

    def to_other(self):
        return received(self.engine(*self.inside, f"198.18.{self.number}.2"))


FIGURES = {
    "from a container to its neighbour": Paths.between,
    "from another host to a published port": Paths.from_other,
    "from the host's 127.0.0.1 to a published port": Paths.from_own,
    "from a container to another host": Paths.to_other,
}


def throughput(engines, iperf3, rounds, seconds):
    make_network(OTHER)
    for number, engine in enumerate(engines, 1):
        join_hosts(number, engine)
    with inside(OTHER):
        server = subprocess.Popen([iperf3, "--server"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows = []
    try:
        time.sleep(0.5)
        paths = {engine.name: Paths(number, engine, iperf3, seconds) for number, engine in enumerate(engines, 1)}
        time.sleep(0.5)  # until the servers listen
        print("| TCP | swiftainer, Gbit/s | podman, Gbit/s | of podman | of podman's, for each second of processor time |\n"
              "|---|---|---|---|---|", flush=True)
        for figure, take in FIGURES.items():
            rates = {name: [] for name in paths}
            for turn in range(rounds):
                # Who is first changes: what other work there is may come in waves.
                for name in list(paths)[::1 if turn % 2 else -1]:
                    rates[name].append(take(paths[name]))
                    time.sleep(0.1)  # until the server listens again
            rows.append({"figure": figure, "samples": rates})
            print(f"| {figure} | {cell(rates['swiftainer'])} | {cell(rates['podman'])} | {ahead(rates, 0)} |"
                  f" {ahead(rates, 1)} |", flush=True)
    finally:
        server.terminate()
        server.wait()
        for engine in engines:
            engine.remove_all()
    return rows


def cell(samples):
    rates = [rate for rate, _ in samples]
    return f"{statistics.median(rates):.1f} ±{table.spread(rates) * 100:.0f}%"


def ahead(rates, column):
    """The median of the rounds' ratios, and in how many of them swiftainer was ahead."""
    ratios = [mine[column] / theirs[column] for mine, theirs in zip(rates["swiftainer"], rates["podman"])]
    return f"{statistics.median(ratios):.2f} (ahead in {sum(ratio > 1 for ratio in ratios)} of {len(ratios)})"


def names(engine, rounds, seconds):
    """A neighbour's name, asked of the name server by a program in a container."""
    engine("network", "create", "bench")
    for name in ("wanted", "asking"):
        engine("run", "-d", "--name", name, "--network", "bench", *engine.root(ROOT), "sleep", "100000")
    rows = []
    print("| questions at once | answers a second | median, µs | 99 of 100 within, µs | lost |\n|---|---|---|---|---|",
          flush=True)
    for at_once in (1, 16):
        asking = ("exec", "asking", "/ask", "wanted", "127.0.0.11", seconds, at_once)
        samples = [[float(word) for word in engine(*asking).split()] for _ in range(rounds)]
        answers, lost, rate, median, late = (list(column) for column in zip(*samples))
        rows.append({"at_once": at_once, "answers": answers, "lost": lost, "rate": rate, "median_us": median, "late_us": late})
        print(f"| {at_once} | {statistics.median(rate):.0f} ±{table.spread(rate) * 100:.0f}% |"
              f" {statistics.median(median):.0f} | {statistics.median(late):.0f} | {sum(lost):.0f} of {sum(answers):.0f} |",
              flush=True)
    engine.remove_all()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2, help="how long each transfer takes")
    parser.add_argument("--urgent", action="store_true", help="come before the machine's other work, by a real-time policy")
    parser.add_argument("--iperf3", default=shutil.which("iperf3"), help="the program, where it is not installed")
    parser.add_argument("--bin", default=HERE.parent / "bin", help="the folder of the programs to measure")
    parser.add_argument("--json", help="write all samples to a file")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench: namespaces and mounts of our own need root")
    if not arguments.iperf3:
        raise SystemExit("bench: there is no iperf3")
    setting.enter([sys.executable, *sys.argv], arguments.urgent)
    setting.prepare_engines(WORK)
    make_root(arguments.iperf3)
    engines = [Swiftainer(WORK, Path(arguments.bin).resolve()), Podman(WORK)]
    before = os.getloadavg()[0]
    try:
        figures = {"tcp": throughput(engines, arguments.iperf3, arguments.rounds, arguments.seconds),
                   "names": names(engines[0], arguments.rounds, arguments.seconds)}
    finally:
        for engine in engines:
            engine.remove_all()
    figures["load"] = [before, os.getloadavg()[0]]
    print(f"load average {before:.1f} before, {figures['load'][1]:.1f} after; ± is half the distance of the quartiles")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
