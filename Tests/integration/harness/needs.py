"""Features that a runtime or this machine may lack, and why a test is then skipped.

Each function answers with the reason, or None where the feature is there. swiftainer is never excused for
what the specification asks of it: only the machine is.
"""

from . import host

_features = {}


def feature(function):
    _features[function.__name__.replace("_", "-")] = function
    return function


def reason(name, runtime):
    """Why the feature is missing, or None."""
    return _features[name](runtime)


def before(runtime, version, what):
    """runc older than that version lacks it."""
    if runtime.kind == "runc" and runtime.numbers < version:
        return f"runc {runtime.version} has no {what}"
    return None


def controller(name):
    return None if host.has_controller(name) else f"this machine has no {name} controller"


for _name in ("memory", "cpu", "cpuset", "pids", "blkio", "devices", "freezer", "hugetlb"):
    _features[_name] = lambda runtime, name=_name: controller(name)

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
    ("robust-passwd", (9,), "defence against an endless or hanging /etc/passwd"),
    ("kill-safe", (9,), "way to finish what a killed command began"),
    ("one-winner", (9,), "winner where two creates of one id meet: both may fail"),
    ("memory-policy", (1, 4), "linux.memoryPolicy"),
    ("net-devices", (1, 4), "linux.netDevices"),
):
    _features[_name] = lambda runtime, version=_version, what=_what: before(runtime, version, what)


@feature
def hugetlb_limits(runtime):
    if runtime.kind == "runc" and host.is_v2("hugetlb") and "memory" in host.hierarchies():
        return f"runc {runtime.version} does not use v2's hugetlb on a hybrid host"
    return controller("hugetlb")


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
def tmpfs_idmap(runtime):
    return None if host.kernel() >= (6, 3) else "tmpfs can be idmapped from Linux 6.3 on"


@feature
def ordinary_machine(runtime):
    """For what asks nothing of the kernel and would take the emulated machine very long."""
    return "the virtual machine's time is for what asks the kernel" if host.is_test_machine() else None


@feature
def sys_resource(runtime):
    return None if host.has_capability(24) else "the tests run without CAP_SYS_RESOURCE"


@feature
def swiftainer(runtime):
    """For what the project's own contract asks beyond the specification."""
    return None if runtime.kind == "swiftainer" else f"{runtime.kind} words or does this differently"
