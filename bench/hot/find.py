#!/usr/bin/env python3
"""Finds the functions that a launch executes, in the order of their first execution: functions.txt, beside this.

The linker puts them next to each other. A launch touches a tenth of the code of a static Swift executable, and the
kernel maps 64 KiB of it at each page fault: scattered, that tenth costs 80 faults and 5 MiB, side by side a fourth of it.

x86_64 only. A function that is renamed later loses its place and nothing else. Needs root and what `make bench` needs.
"""

import bisect
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import bundles  # noqa: E402
import setting  # noqa: E402

BIN = HERE.parent.parent / "bin"
TARGET = HERE / "functions.txt"
# Sources/CShim/launch.c.
SHARED = ("run_child", "give_up")


def symbols(program):
    """The names of the functions at each address: the linker folds equal functions into one."""
    names = {}
    for line in subprocess.run(["nm", program], capture_output=True, text=True, check=True).stdout.splitlines():
        fields = line.split(None, 2)
        if len(fields) == 3 and fields[1] in "tTwWi":
            names.setdefault(int(fields[0], 16), []).append(fields[2])
    return names


def executed(work, program, *words):
    """The names of the functions that one command executes."""
    print(program.name, *words, flush=True)
    names = symbols(program)
    # Between clone and exec the child shares our memory: it would die of a breakpoint.
    shared = [name for all in names.values() for name in all if name.startswith(SHARED)]
    listed = [address for address, all in names.items() if not any(name.startswith(SHARED) for name in all)]
    (work / "functions").write_text("".join(f"{address:x}\n" for address in listed))
    traced = subprocess.run(
        [work / "touched", work / "functions", program, *words], check=True, stdout=subprocess.PIPE, text=True)
    return shared + [name for line in traced.stdout.split() for name in names[int(line, 16)]]


def main():
    work = setting.enter([sys.executable, __file__])
    setting.prepare(work)
    subprocess.run(["cc", "-O2", "-o", work / "touched", HERE / "touched.c"], check=True)
    bare = ["cc", "-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector"]
    bundle = work / "bundle"
    for folder in ("bin", "proc", "dev", "sys"):
        (bundle / "rootfs" / folder).mkdir(parents=True)
    subprocess.run([*bare, "-o", bundle / "rootfs/bin/true", HERE.parent / "payload.c"], check=True)
    subprocess.run([*bare, "-DPAUSE", "-o", bundle / "rootfs/bin/pause", HERE.parent / "payload.c"], check=True)
    config = bundles.docker(bundle)
    (bundle / "config.json").write_text(json.dumps(config))
    process = work / "process.json"
    process.write_text(json.dumps(config["process"]))
    oci, state = BIN / "swiftainer-oci", ["--root", work / "state"]

    # Once unobserved: what is compiled and cached then is found the next time, as it nearly always is.
    subprocess.run([oci, *state, "run", "--bundle", bundle, "first"], check=True)
    found = executed(work, oci, *state, "run", "--bundle", bundle, "hot")
    config["process"]["args"] = ["/bin/pause"]
    (bundle / "config.json").write_text(json.dumps(config))
    for words in (
        ["create", "--bundle", bundle, "hot"], ["start", "hot"], ["state", "hot"],
        ["exec", "--process", process, "hot"], ["kill", "hot", "9"], ["delete", "--force", "hot"],
    ):
        found += executed(work, oci, *state, *words)
    (bundle / "config.json").unlink()
    (bundle / "config.json").write_text(json.dumps(bundles.plain(bundle)))
    found += executed(work, oci, *state, "create", "--bundle", bundle, "hot")
    subprocess.run([oci, *state, "delete", "--force", "hot"], check=True)
    everyday = ["run", "--rm", "--read-only", "--network", "none"]
    found += executed(work, BIN / "swiftainer", *everyday, bundle / "rootfs", "/bin/true")
    TARGET.write_text("".join(f"{name}\n" for name in dict.fromkeys(found)))


main()
