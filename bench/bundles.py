"""The two configurations that are measured: the plain one, and Docker's."""

import copy
import json
import os
import platform
import subprocess
from pathlib import Path

PROFILE = Path("/usr/share/containers/seccomp.json")

# What Docker grants. Source: moby, oci/caps/defaults.go.
DOCKER_CAPABILITIES = [
    f"CAP_{name}"
    for name in (
        "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL"
        " AUDIT_WRITE"
    ).split()
]

# Source: moby, oci/defaults.go.
DOCKER_MASKED = (
    "/proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi"
    " /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware"
).split()
DOCKER_READ_ONLY = "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger".split()

ARCHITECTURES = {
    "x86_64": ("amd64", ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
    "aarch64": ("arm64", ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]),
}


def plain(folder):
    """What `runc spec` writes, without a terminal and without resources: crun refuses any on a hybrid machine."""
    subprocess.run(["runc", "spec", "--bundle", folder], check=True)
    file = Path(folder) / "config.json"
    config = json.loads(file.read_text())
    file.unlink()
    config["process"]["terminal"] = False
    config["process"]["args"] = ["/bin/true"]
    config["linux"].pop("resources", None)
    # Whatever the machine's hierarchies are: the floor has this sixth one, as Docker's configuration on cgroup v2.
    namespaces = config["linux"]["namespaces"]
    if not any(namespace["type"] == "cgroup" for namespace in namespaces):
        namespaces.append({"type": "cgroup"})
    return config


def docker(folder):
    """Docker's defaults: capabilities, filter, masked and read-only paths, environment."""
    config = copy.deepcopy(plain(folder))
    process = config["process"]
    process["capabilities"] = {kind: DOCKER_CAPABILITIES for kind in ("bounding", "effective", "permitted")}
    process["noNewPrivileges"] = False
    process.pop("rlimits", None)
    process["oomScoreAdj"] = 0
    process["env"] = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=0123456789ab", "HOME=/root"]
    config["root"]["readonly"] = False
    config["hostname"] = "0123456789ab"
    config["linux"]["maskedPaths"] = DOCKER_MASKED
    config["linux"]["readonlyPaths"] = DOCKER_READ_ONLY
    config["linux"]["seccomp"] = filter_for(DOCKER_CAPABILITIES)
    return config


def filter_for(capabilities):
    """The engines' profile as an engine resolves it for a runtime."""
    profile = json.loads(PROFILE.read_text())
    name, architectures = ARCHITECTURES[platform.machine()]
    release = tuple(int(part) for part in platform.release().split(".")[:2])

    def applies(rule):
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        minimum = tuple(int(part) for part in (includes.get("minKernel") or "0.0").split("."))
        return (
            set(includes.get("caps") or []) <= set(capabilities)
            and not set(excludes.get("caps") or []) & set(capabilities)
            and (not includes.get("arches") or name in includes["arches"])
            and name not in (excludes.get("arches") or [])
            and release >= minimum
        )

    calls = []
    for rule in profile["syscalls"]:
        names = rule.get("names") or [rule["name"]]
        if not applies(rule) or not names:
            continue
        call = {"names": names, "action": rule["action"]}
        if rule.get("errnoRet") is not None:
            call["errnoRet"] = rule["errnoRet"]
        if rule.get("args"):
            call["args"] = [{key: value for key, value in arg.items() if value is not None} for arg in rule["args"]]
        calls.append(call)
    found = {"defaultAction": profile["defaultAction"], "architectures": architectures, "syscalls": calls}
    if profile.get("defaultErrnoRet") is not None:
        found["defaultErrnoRet"] = profile["defaultErrnoRet"]
    return found


def write(folder, config, payload, arguments):
    """A bundle whose root file system holds nothing but its program."""
    root = Path(folder) / "rootfs"
    for name in ("bin", "proc", "sys", "dev", "etc", "tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for name in ("true", "pause"):
        target = root / "bin" / name
        target.write_bytes((Path(payload) / name).read_bytes())
        os.chmod(target, 0o755)
    config = copy.deepcopy(config)
    config["process"]["args"] = arguments
    (Path(folder) / "config.json").write_text(json.dumps(config, indent=2))
