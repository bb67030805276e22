#!/usr/bin/env python3
"""Measures swiftainer-oci beside crun, runc and the floor, all in one run: docs/performance.md tells the method.

    bench/run.py [--quick] [--rounds N] [--json FILE] [--only WORD[,WORD]]

Needs root, a C compiler, hyperfine, crun and runc.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bundles  # noqa: E402
import setting  # noqa: E402
import table  # noqa: E402

WORK = Path(os.environ.get("BENCH_WORK", "."))
CONFIGURATIONS = {"plain": bundles.plain, "docker": bundles.docker}


def build(folder):
    compiler = os.environ.get("CC", "clang" if shutil.which("clang") else "cc")
    for name in ("measure", "floor"):
        subprocess.run([compiler, "-O2", "-static", "-o", folder / name, HERE / f"{name}.c"], check=True)
    # lld or no lld: a program without a C library links with any.
    bare = [compiler, "-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector"]
    subprocess.run([*bare, "-o", folder / "true", HERE / "payload.c"], check=True)
    subprocess.run([*bare, "-DPAUSE", "-o", folder / "pause", HERE / "payload.c"], check=True)


class Bench:
    def __init__(self, options):
        self.quick = options.quick
        self.rounds = options.rounds or (10 if options.quick else 60)
        self.runtimes = {}
        for name, path in (("swiftainer", options.runtime), ("crun", shutil.which("crun")), ("runc", shutil.which("runc"))):
            self.runtimes[name] = [path, "--root", str(WORK / "state" / name)]
        self.figures = {}

    def floor(self, index=""):
        return [str(WORK / "floor"), str(WORK / "plain" / "rootfs"), f"/sys/fs/cgroup/floor{index}", "/bin/true"]

    def record(self, figure, configuration, subject, values, unit):
        entry = self.figures.setdefault(f"{figure} {configuration}", {"unit": unit, "subjects": {}})
        entry["subjects"][subject] = values

    # Single commands: hyperfine, a few runs of each in turn, so that all of them see the same weather.
    def hyperfine(self, figure, configuration, commands):
        values = {name: [] for name in commands}
        each = 5 if self.quick else 10
        output = WORK / "hyperfine.json"
        for _ in range(max(1, self.rounds // each)):
            for name, words in commands.items():
                subprocess.run(
                    ["hyperfine", "-N", "--style", "none", "--warmup", "1", "--runs", str(each), "--export-json", output,
                     " ".join(words)],
                    check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                values[name] += [time * 1000 for time in json.loads(output.read_text())["results"][0]["times"]]
        for name, times in values.items():
            self.record(figure, configuration, name, times, "ms")

    # Everything else: whole processes, timed by measure.c.
    def measure(self, figure, configuration, subjects, column=1, scale=1000.0, unit="ms", rounds=None):
        lines = [["rounds", str(rounds or self.rounds)]]
        for name, steps in subjects.items():
            lines += [["subject", name], *steps]
        job = "".join("\t".join(str(word) for word in line) + "\n" for line in lines)
        ended = subprocess.run([WORK / "measure"], input=job, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise SystemExit(f"{figure}: {ended.stderr}")
        for line in ended.stdout.splitlines():
            fields = line.split("\t")
            entry = self.figures.setdefault(f"{figure} {configuration}", {"unit": unit, "subjects": {}})
            entry["subjects"].setdefault(fields[0], []).append(float(fields[column]) / scale)

    def run(self, configuration):
        bundle = WORK / configuration
        commands = {name: [*words, "run", "--bundle", str(bundle), f"{name}1"] for name, words in self.runtimes.items()}
        self.hyperfine("run", configuration, {**commands, "floor": self.floor()})

    def create_start_delete(self, configuration):
        subjects = {}
        for name, words in self.runtimes.items():
            pid = WORK / f"{name}.pid"
            subjects[name] = [
                ["spawn", *words, "create", "--bundle", WORK / configuration, "--pid-file", pid, f"{name}1"],
                ["watch", pid],
                ["spawn", *words, "start", f"{name}1"],
                ["await"],
                ["spawn", *words, "delete", f"{name}1"],
            ]
        self.measure("create+start+delete", configuration, subjects)

    def exec(self, configuration):
        bundle = WORK / f"{configuration}-pause"
        try:
            for name, words in self.runtimes.items():
                # Its streams are the container's: nobody waits for the end of ours.
                subprocess.run(
                    [*words, "run", "--detach", "--bundle", bundle, f"{name}1"], check=True, stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL)
            commands = {name: [*words, "exec", f"{name}1", "/bin/true"] for name, words in self.runtimes.items()}
            self.hyperfine("exec", configuration, commands)
        finally:
            for name, words in self.runtimes.items():
                subprocess.run([*words, "delete", "--force", f"{name}1"], check=False, stderr=subprocess.DEVNULL)

    def parallel(self, configuration, count):
        subjects = {
            name: [["batch", count, *words, "run", "--bundle", WORK / configuration, f"{name}%"]]
            for name, words in self.runtimes.items()
        }
        subjects["floor"] = [["batch", count, *self.floor("%")]]
        rounds = max(3, self.rounds // (6 if count > 1 else 1))
        self.measure(f"run, {count} at a time, each", configuration, subjects, scale=1000.0 * count, rounds=rounds)

    def peak_memory(self, configuration):
        subjects = {}
        for name, words in self.runtimes.items():
            subjects[name] = [["spawn", *words, "create", "--bundle", WORK / configuration, f"{name}1"]]
            # Cleaning up is a subject of its own: its peak is not that of `create`.
            subjects[f"{name} delete"] = [["spawn", *words, "delete", "--force", f"{name}1"]]
        self.measure("peak memory of create", configuration, subjects, column=3, scale=1024.0, unit="MiB", rounds=5)
        entry = self.figures[f"peak memory of create {configuration}"]["subjects"]
        for name in [name for name in entry if name.endswith(" delete")]:
            del entry[name]

    def smallest_limit(self, configuration, memory):
        step = 64 << 10
        for name, words in self.runtimes.items():
            command = [*words, "run", "--bundle", str(WORK / configuration), f"{name}1"]
            remove = [*words, "delete", "--force", f"{name}1"]
            low, high = 0, (64 << 20) // step  # the first fails, the second works
            while high - low > 1:
                middle = (low + high) // 2
                if all(self.runs_within(memory, middle * step, command, remove) for _ in range(3)):
                    high = middle
                else:
                    low = middle
            self.record("smallest memory limit", configuration, name, [high * step / (1 << 20)], "MiB")

    @staticmethod
    def runs_within(memory, limit, command, remove):
        group = setting.MemoryGroup(memory, limit)
        try:
            ended = subprocess.run(
                group.command(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=20, check=False)
            return ended.returncode == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            subprocess.run(remove, check=False, stderr=subprocess.DEVNULL)
            group.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a measurement")
    parser.add_argument("--rounds", type=int, help="samples of each (60)")
    parser.add_argument("--json", metavar="FILE", help="write all samples to a file")
    parser.add_argument("--only", metavar="WORDS", help="only figures whose name has one of these words, comma-separated")
    parser.add_argument("--runtime", default=str(HERE.parent / "bin" / "swiftainer-oci"), help="the runtime to measure")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("bench: namespaces, mounts and cgroups of our own need root")
    options.runtime = str(Path(options.runtime).resolve())
    setting.enter([sys.executable, *sys.argv])

    memory = setting.prepare(WORK)
    build(WORK)
    bench = Bench(options)
    before = os.getloadavg()[0]
    wanted = options.only.split(",") if options.only else [""]
    for name, make in CONFIGURATIONS.items():
        config = make(WORK)
        bundles.write(WORK / name, config, WORK, ["/bin/true"])
        bundles.write(WORK / f"{name}-pause", config, WORK, ["/bin/pause"])
        figures = {
            "run": lambda: bench.run(name),
            "create+start+delete": lambda: bench.create_start_delete(name),
            "exec": lambda: bench.exec(name),
            "1 at a time": lambda: bench.parallel(name, 1),
            "16 at a time": lambda: bench.parallel(name, 16),
            "peak memory": lambda: bench.peak_memory(name),
            "smallest memory limit": lambda: bench.smallest_limit(name, memory),
        }
        for figure, take in figures.items():
            if any(word in figure for word in wanted):
                print(f"measuring {figure}, {name}", file=sys.stderr)
                take()
    print(table.text(bench.figures, before, os.getloadavg()[0]))
    if options.json:
        Path(options.json).write_text(json.dumps(bench.figures, indent=1))


if __name__ == "__main__":
    main()
