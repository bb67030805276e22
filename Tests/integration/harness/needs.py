"""Features that a runtime or this machine may lack, and why a test is then skipped.

Each function answers with the reason, or None where the feature is there. swiftainer is never excused for
what the specification asks of it: only the machine is.
"""

import os

from . import host, systemd

_features = {}


def feature(function):
    _features[function.__name__.replace("_", "-")] = function
    return function


def reason(name, runtime):
    """Why the feature is missing, or None."""
    if runtime.kind == "crun" and name in CRUN:
        version, what = CRUN[name]
        if runtime.numbers < version:
            return f"crun {runtime.version} has no {what}"
    return _features[name](runtime)


CRUN = {
    "clean-failure": ((1, 9), "removal of its cgroup where a limit cannot be applied"),
    "cpu-burst": ((1, 9), "cpu.burst"),
    "delegation-on-demand": ((9,), "look at how cgroup2 is mounted: it hands every cgroup over"),
    "events": ((9,), "events"),
    "huge-page-reservations": ((1, 9), "limit of reserved huge pages"),
    "update-undone": ((9,), "way back where one of several limits is refused"),
    "update-quota-alone": ((9,), "update to an unlimited quota without a period"),
}
"""crun older than that version lacks it; 9 stands for versions yet to come."""


def before(runtime, version, what):
    """runc older than that version lacks it."""
    if runtime.kind == "runc" and runtime.numbers < version:
        return f"runc {runtime.version} has no {what}"
    return None


def controller(name):
    return None if host.has_controller(name) else f"this machine has no {name} controller"


for _name in ("memory", "cpu", "cpuset", "pids", "devices", "freezer", "hugetlb"):
    _features[_name] = lambda runtime, name=_name: controller(name)

for _name in ("memory", "cpu", "cpuset", "pids", "io", "hugetlb"):
    _features["v2-" + _name] = lambda runtime, name=_name: (
        None if host.is_v2(name) else f"this machine has no {name} controller on cgroup v2"
    )

for _name, _version, _what in (
    ("run-keep", (1, 2), "run --keep"),
    ("domainname", (1, 2), "domainname"),
    ("scheduler", (1, 2), "process.scheduler"),
    ("io-priority", (1, 2), "process.ioPriority"),
    ("personality", (1, 2), "linux.personality"),
    ("time-namespace", (1, 2), "time namespaces"),
    ("idmap", (1, 2), "idmapped mounts"),
    ("pidfd-socket", (1, 2), "--pidfd-socket"),
    ("exec-cpu-affinity", (1, 3), "process.execCPUAffinity"),
    ("large-ids", (9,), "user ids above 2147483647"),
    ("root-propagation", (1, 3), "effective linux.rootfsPropagation"),
    ("no-proc", (9,), "way to start without a mount of proc"),
    ("poststart-after-start", (9,), "poststart hooks at start; it runs them at create"),
    ("fatal-poststart", (9,), "fatal poststart hooks"),
    ("poststop-after-failure", (9,), "poststop after a failed createRuntime"),
    ("seccomp-flags", (1, 2), "linux.seccomp.flags"),
    ("cpu-burst", (1, 2), "cpu.burst"),
    ("cpu-idle", (1, 2), "cpu.idle"),
    ("exec-umask", (1, 2), "umask or OOM score of an exec'd process"),
    ("checked-dev-null", (1, 2, 8), "check of what it takes for /dev/null (CVE-2025-31133)"),
    ("private-program", (1, 1, 15), "private copy of itself; it binds the installed one read-only"),
    ("safe-targets", (1, 2), "mount targets made component by component (CVE-2024-45310)"),
    ("safe-dev", (9,), "check of links in /dev (CVE-2025-52565 and later)"),
    ("joining-twice", (1, 3), "way to join a user namespace together with one of the host's"),
    ("robust-passwd", (9,), "defence against an endless or hanging /etc/passwd"),
    ("kill-safe", (9,), "way to finish what a killed command began"),
    ("one-winner", (9,), "winner where two creates of one id meet: both may fail"),
    ("delegation", (9,), "hand-over of cgroups, unless systemd makes them"),
    ("huge-page-reservations", (1, 2), "limit of reserved huge pages"),
    ("kill-without-pid-namespace", (1, 2), "way to kill all of a container that shares the host's pids"),
    ("update-devices", (9,), "update of devices"),
    ("update-hugepages", (9,), "update of hugepageLimits"),
    ("update-throttles", (9,), "update of throttled devices"),
    ("update-undone", (9,), "way back to limits that its configuration does not have"),
    ("check-before-update", (1, 2), "memory.checkBeforeUpdate"),
    ("oom-count", (9,), "number of kills in its statistics"),
    ("memory-policy", (1, 4), "linux.memoryPolicy"),
    ("net-devices", (1, 4), "linux.netDevices"),
):
    _features[_name] = lambda runtime, version=_version, what=_what: before(runtime, version, what)

for _name in ("clean-failure", "delegation-on-demand", "events", "update-quota-alone"):
    _features[_name] = lambda runtime: None  # what only crun lacks


@feature
def hugetlb_limits(runtime):
    if runtime.kind == "runc" and host.is_v2("hugetlb") and "memory" in host.hierarchies():
        return f"runc {runtime.version} does not use v2's hugetlb on a hybrid host"
    return controller("hugetlb")


@feature
def blkio(runtime):
    """On cgroup v2 it is called io."""
    return None if host.is_v2("io") else controller("blkio")


@feature
def swap(runtime):
    return None if host.swap_bytes() else "this machine has no swap"


@feature
def scratch_disk(runtime):
    return None if host.scratch_disk() else "no disk to overwrite: SWIFTAINER_VM_SCRATCH names none"


@feature
def huge_pages(runtime):
    return None if host.huge_pages() >= 8 else "this machine has no 8 free huge pages of 2 MiB"


@feature
def two_cpus(runtime):
    return None if len(os.sched_getaffinity(0)) > 1 else "this machine has one processor"


@feature
def unified(runtime):
    if "unified" not in host.hierarchies():
        return "this machine has no unified hierarchy"
    if runtime.kind == "runc" and "memory" in host.hierarchies():
        return f"runc {runtime.version} refuses linux.resources.unified on a hybrid host"
    return None


@feature
def device_exceptions(runtime):
    if runtime.kind == "runc" and host.has_controller("devices"):
        return f"runc {runtime.version} on v1 refuses to take single devices out of all"
    return None


@feature
def ordinary_machine(runtime):
    """For what asks nothing of the kernel and would take the emulated machine very long. Others are only tested there."""
    is_spared = host.is_test_machine() and runtime.kind == "swiftainer"
    return "the virtual machine's time is for what asks the kernel" if is_spared else None


@feature
def sys_resource(runtime):
    return None if host.has_capability(24) else "the tests run without CAP_SYS_RESOURCE"


_features["systemd"] = lambda runtime: systemd.reason()


@feature
def swiftainer(runtime):
    """For what the project's own contract asks beyond the specification."""
    return None if runtime.kind == "swiftainer" else f"{runtime.kind} words or does this differently"
