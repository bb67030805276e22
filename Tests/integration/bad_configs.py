"""Configs that no runtime may accept, as small changes to a good one.

A case is a name, what the message must tell (the JSON path; or, where only the kernel can know, what the call
was made on: any of several texts), and what is changed. `runc=False` marks what runc
1.1.5 passes over in silence, so that only a stricter runtime is held to it.
"""

import copy
import re
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Case:
    name: str
    told: tuple
    change: Callable
    runc: bool = True

    def __str__(self):
        return self.name


def texts(tell):
    return (tell,) if isinstance(tell, str) else tuple(tell)


def steps(path):
    """`linux.namespaces[0].type` as keys and indices."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]


def walk(config, path):
    """The object or list that holds the last step, made where it is missing; and that step."""
    *way, last = steps(path)
    here = config
    for step, following in zip(way, [*way[1:], last]):
        empty = [] if isinstance(following, int) else {}
        if isinstance(here, list):
            while len(here) <= step:
                here.append({})
            here = here[step]
        else:
            here = here.setdefault(step, empty)
    return here, last


def assign(config, path, value):
    here, last = walk(config, path)
    if isinstance(here, list):
        while len(here) <= last:
            here.append(None)
    here[last] = value


def put(path, value, name=None, tell=None, runc=True):
    """One value replaced; the message names that path unless `tell` says otherwise."""
    shown = repr(value)
    label = name or f"{path}={shown if len(shown) < 40 else shown[:37] + '...'}"
    return Case(label, texts(path if tell is None else tell), lambda config: assign(config, path, value), runc)


SIBLINGS = {
    "process.rlimits": [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}],
    "process.consoleSize": {"height": 1, "width": 1},
    "linux.uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
    "linux.gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
    "linux.devices": [{"path": "/dev/x", "type": "c", "major": 1, "minor": 3}],
    "linux.resources.hugepageLimits": [{"pageSize": "2MB", "limit": 0}],
    "linux.seccomp": {
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            {
                "names": ["sched_yield"],
                "action": "SCMP_ACT_ERRNO",
                "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}],
            }
        ],
    },
    "hooks": {"createRuntime": [{"path": "/bin/true"}]},
}


def spoil(path, value, runc=True):
    """A member of another type, among siblings that are right."""

    def change(config):
        for start, siblings in SIBLINGS.items():
            if path.startswith((start + ".", start + "[")):
                assign(config, start, copy.deepcopy(siblings))
        assign(config, path, value)

    return Case(f"type-{path}", (path,), change, runc)


def many(name, values, tell, runc=True):
    def change(config):
        for path, value in values.items():
            assign(config, path, value)

    return Case(name, texts(tell), change, runc)


def drop(path, runc=True):
    def change(config):
        here, last = walk(config, path)
        del here[last]

    return Case(f"without-{path}", (path,), change, runc)


def wrong_types():
    """Every kind of member once with a value of another kind, its siblings as they should be."""
    text = [
        "ociVersion", "hostname", "root.path", "process.cwd", "mounts[0].destination",
        "mounts[0].type", "mounts[0].source", "linux.cgroupsPath", "linux.rootfsPropagation", "linux.mountLabel",
        "linux.namespaces[0].type", "linux.namespaces[0].path", "process.apparmorProfile", "process.selinuxLabel",
        "linux.resources.cpu.cpus", "linux.resources.cpu.mems", "linux.devices[0].path", "linux.devices[0].type",
        "linux.seccomp.defaultAction", "linux.seccomp.listenerPath", "linux.resources.hugepageLimits[0].pageSize",
        "hooks.createRuntime[0].path", "linux.intelRdt.closID",
    ]  # fmt: skip
    number = [
        "process.user.uid", "process.user.gid", "process.user.umask", "process.oomScoreAdj",
        "process.consoleSize.height", "process.consoleSize.width", "process.rlimits[0].soft",
        "process.rlimits[0].hard", "linux.uidMappings[0].containerID", "linux.uidMappings[0].hostID",
        "linux.uidMappings[0].size", "linux.gidMappings[0].hostID", "linux.devices[0].major",
        "linux.devices[0].minor", "linux.devices[0].fileMode", "linux.devices[0].uid",
        "linux.resources.memory.limit", "linux.resources.memory.reservation", "linux.resources.memory.swap",
        "linux.resources.memory.swappiness", "linux.resources.cpu.shares", "linux.resources.cpu.quota",
        "linux.resources.cpu.period", "linux.resources.cpu.realtimeRuntime", "linux.resources.pids.limit",
        "linux.resources.blockIO.weight", "linux.resources.hugepageLimits[0].limit",
        "linux.resources.network.classID", "linux.seccomp.defaultErrnoRet", "linux.seccomp.syscalls[0].errnoRet",
        "linux.seccomp.syscalls[0].args[0].index", "linux.seccomp.syscalls[0].args[0].value",
        "hooks.createRuntime[0].timeout", "linux.resources.devices[0].major",
    ]  # fmt: skip
    truth = [
        "process.terminal", "process.noNewPrivileges", "root.readonly", "linux.resources.devices[0].allow",
        "linux.resources.memory.disableOOMKiller", "linux.resources.memory.useHierarchy",
    ]  # fmt: skip
    lists = [
        "process.args", "process.env", "process.rlimits", "process.user.additionalGids", "mounts",
        "mounts[0].options", "linux.namespaces", "linux.uidMappings", "linux.gidMappings", "linux.devices",
        "linux.maskedPaths", "linux.readonlyPaths", "linux.resources.devices", "linux.resources.hugepageLimits",
        "linux.seccomp.syscalls", "linux.seccomp.architectures", "linux.seccomp.flags",
        "linux.seccomp.syscalls[0].names", "linux.seccomp.syscalls[0].args", "process.capabilities.bounding",
        "process.capabilities.effective", "process.capabilities.permitted", "process.capabilities.inheritable",
        "process.capabilities.ambient", "hooks.prestart", "hooks.createRuntime", "hooks.createContainer",
        "hooks.startContainer", "hooks.poststart", "hooks.poststop", "hooks.createRuntime[0].args",
        "hooks.createRuntime[0].env", "linux.resources.blockIO.throttleReadBpsDevice",
    ]  # fmt: skip
    objects = [
        "process", "root", "linux", "hooks", "annotations", "process.user", "process.capabilities",
        "process.consoleSize", "linux.resources", "linux.resources.memory", "linux.resources.cpu",
        "linux.resources.pids", "linux.resources.blockIO", "linux.resources.network", "linux.resources.rdma",
        "linux.resources.unified", "linux.seccomp", "linux.sysctl", "linux.intelRdt",
        "mounts[0]", "linux.namespaces[0]", "hooks.createRuntime[0]",
    ]  # fmt: skip
    for path in text:
        yield spoil(path, 5)
    for path in number:
        yield spoil(path, "5")
    for path in truth:
        yield spoil(path, "true")
    for path in lists:
        yield spoil(path, {"a": 1})
    for path in objects:
        yield spoil(path, [1])
    yield spoil("process.args[1]", 7)
    yield spoil("process.env[0]", None, runc=False)
    yield spoil("annotations.key", 7)
    yield spoil("linux.sysctl.net", 7)
    yield spoil("linux.maskedPaths[0]", {})


def numbers():
    big = 2**64
    yield put("process.user.uid", -1)
    yield put("process.user.gid", -1)
    yield put("process.user.uid", 2**32)
    yield put("process.user.uid", 1.5)
    yield put("process.user.additionalGids", [-1], tell="process.user.additionalGids[0]")
    yield put("process.user.additionalGids", [2**32], tell="process.user.additionalGids[0]")
    yield put("process.user.umask", -1)
    yield put("process.user.umask", 2**33)
    yield put("process.oomScoreAdj", 1001)
    yield put("process.oomScoreAdj", -1001)
    yield put("process.oomScoreAdj", 2**40)
    yield put("process.rlimits", [{"type": "RLIMIT_CORE", "soft": -1, "hard": 0}], tell="process.rlimits[0].soft")
    yield put("process.rlimits", [{"type": "RLIMIT_CORE", "soft": big, "hard": big}], tell="process.rlimits[0].")
    yield put("process.rlimits", [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}], tell="process.rlimits[0]")
    yield put("process.rlimits", [{"type": "RLIMIT_NOTHING", "soft": 1, "hard": 1}], tell="process.rlimits[0].type")
    yield put("process.rlimits", [{"soft": 1, "hard": 1}], tell="process.rlimits[0].type")
    yield put(
        "process.rlimits", [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}] * 2, name="rlimit-twice",
        tell="process.rlimits[1]", runc=False,
    )  # fmt: skip
    yield put("linux.resources.memory.limit", 2**63)
    yield put("linux.resources.memory.limit", 1.5)
    yield put("linux.resources.memory.limit", "64M")
    yield put("linux.resources.memory.limit", -2, runc=False)
    yield put("linux.resources.pids.limit", 2**63)
    yield put("linux.resources.cpu.shares", -1)
    yield put("linux.resources.cpu.period", -1)
    yield put("linux.resources.cpu.cpus", "a-b")
    yield put("linux.resources.cpu.cpus", "5-1")
    yield put("linux.resources.cpu.mems", "x")
    yield put("linux.resources.blockIO.weight", 70000)
    yield put("linux.resources.blockIO.weight", 5, runc=False)
    yield put("hooks.createRuntime", [{"path": "/bin/true", "timeout": 1e30}], tell="hooks.createRuntime[0].timeout")
    yield put("hooks.createRuntime", [{"path": "/bin/true", "timeout": -1}], tell="hooks.createRuntime[0].timeout")
    yield put("process.consoleSize", {"height": -1, "width": 1}, tell="process.consoleSize.height")


def missing():
    yield drop("ociVersion", runc=False)
    yield drop("process.args")
    yield drop("process.cwd")
    yield drop("root")
    yield drop("root.path")
    yield drop("mounts[0].destination")
    yield drop("linux.namespaces[0].type")
    yield put("process.args", [])
    yield put("process.args", [""], tell=("process.args[0]", 'exec ""'))
    yield put("process.cwd", "")
    yield put("process.cwd", "tmp")
    yield put("root.path", "")
    yield put("root.path", "nowhere")
    yield put("root.path", "config.json")
    yield put("root.path", "/proc/self/environ")
    yield put("ociVersion", "", runc=False)
    yield put("ociVersion", "banana", runc=False)
    yield put("ociVersion", "3.0.0", runc=False)
    yield many("hook-without-path", {"hooks.createRuntime": [{"args": ["x"]}]}, "hooks.createRuntime[0].path")
    yield many("hook-relative", {"hooks.createRuntime": [{"path": "bin/true"}]}, "hooks.createRuntime[0].path")
    yield many("hook-empty", {"hooks.poststop": [{"path": ""}]}, "hooks.poststop[0].path", runc=False)
    yield many("rdma-empty-name", {"linux.resources.rdma": {"": {"hcaHandles": 1}}}, "linux.resources.rdma", runc=False)


def strings():
    yield put("process.args", ["/bin/probe", "a\0b"], name="nul-in-args", tell="process.args[1]", runc=False)
    yield put("process.env", ["A=\0"], name="nul-in-env", tell="process.env[0]")
    yield put("process.env", ["NOEQUALS"], name="env-without-equals", tell="process.env[0]")
    yield put("process.env", ["=value"], name="env-without-name", tell="process.env[0]")
    yield put("process.cwd", "/a\0b", name="nul-in-cwd", tell="process.cwd")
    yield put("root.path", "root\0fs", name="nul-in-root", tell="root.path")
    yield put("hostname", "a\0b", name="nul-in-hostname", tell="hostname", runc=False)
    yield put("hostname", "x" * 65, name="long-hostname", tell="hostname")
    yield put("linux.cgroupsPath", "/a/../../b", name="dots-in-cgroups-path", tell="linux.cgroupsPath", runc=False)
    yield put("linux.cgroupsPath", "/a\0b", name="nul-in-cgroups-path", tell="linux.cgroupsPath")
    yield put("linux.maskedPaths", ["proc/kcore"], name="relative-masked", tell="linux.maskedPaths[0]", runc=False)
    yield put("linux.readonlyPaths", ["proc"], name="relative-readonly", tell="linux.readonlyPaths[0]", runc=False)
    yield put("linux.maskedPaths", ["/proc/\0"], name="nul-in-masked", tell="linux.maskedPaths[0]")


OWN = [{"type": kind} for kind in ("network", "mount", "pid", "ipc", "uts")]


def namespaces():
    yield put("linux.namespaces", [{"type": "space"}], tell="linux.namespaces[0].type")
    yield put("linux.namespaces", [{"type": ""}], tell="linux.namespaces[0].type")
    yield put("linux.namespaces", [{"type": "PID"}], tell="linux.namespaces[0].type")
    yield put(
        "linux.namespaces", [*OWN, {"type": "pid"}], name="namespace-twice", tell="linux.namespaces[5]",
    )  # fmt: skip
    yield put(
        "linux.namespaces", [{"type": "network", "path": "net"}, *OWN[1:]], name="namespace-relative-path",
        tell="linux.namespaces[0].path",
    )  # fmt: skip
    yield put(
        "linux.namespaces", [{"type": "network", "path": "/nowhere"}, *OWN[1:]],
        name="namespace-missing-path", tell=("linux.namespaces[0].path", "/nowhere"),
    )  # fmt: skip
    yield put(
        "linux.namespaces", [{"type": "network", "path": "/proc/self/ns/ipc"}, *OWN[1:]],
        name="namespace-of-another-kind", tell=("linux.namespaces[0].path", "/proc/self/ns/ipc"),
    )  # fmt: skip
    mapping = [{"containerID": 0, "hostID": 100000, "size": 10}]
    user = [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}, {"type": "network"}, {"type": "ipc"}, {"type": "user"}]
    joined = [*user[:-1], {"type": "user", "path": "/proc/self/ns/user"}]
    yield many("mappings-without-user-namespace", {"linux.uidMappings": mapping}, "linux.uidMappings", runc=False)
    yield many("user-namespace-without-mappings", {"linux.namespaces": user}, "linux.uidMappings")
    yield many(
        "user-namespace-without-gid-mappings", {"linux.namespaces": user, "linux.uidMappings": mapping},
        "linux.gidMappings",
    )  # fmt: skip
    yield many(
        "user-namespace-path-and-mappings",
        {"linux.namespaces": joined, "linux.uidMappings": mapping, "linux.gidMappings": mapping},
        ("linux.uidMappings", "/proc/self/ns/user"),
    )  # fmt: skip
    overlap = [{"containerID": 0, "hostID": 1, "size": 10}, {"containerID": 5, "hostID": 100, "size": 10}]
    same = {"linux.namespaces": user, "linux.gidMappings": mapping}
    yield many("mappings-that-overlap", {**same, "linux.uidMappings": overlap}, "linux.uidMappings[1]")
    zero = [{"containerID": 0, "hostID": 1, "size": 0}]
    yield many("mapping-of-size-zero", {**same, "linux.uidMappings": zero}, "linux.uidMappings[0].size")
    wraps = [{"containerID": 4294967290, "hostID": 1, "size": 100}]
    yield many("mapping-that-wraps", {**same, "linux.uidMappings": wraps}, "linux.uidMappings[0]")
    crowd = [{"containerID": number, "hostID": 100000 + number, "size": 1} for number in range(400)]
    yield many("more-mappings-than-the-kernel-takes", {**same, "linux.uidMappings": crowd}, "linux.uidMappings")
    yield many(
        "time-offsets-without-namespace", {"linux.timeOffsets": {"boottime": {"secs": 1}}}, "linux.timeOffsets",
        runc=False,
    )  # fmt: skip
    clocks = [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}, {"type": "time"}]
    yield many(
        "time-offset-of-another-clock",
        {"linux.namespaces": clocks, "linux.timeOffsets": {"realtime": {"secs": 1}}}, "linux.timeOffsets.realtime",
    )  # fmt: skip
    yield many(
        "time-offset-nanoseconds",
        {"linux.namespaces": clocks, "linux.timeOffsets": {"boottime": {"nanosecs": 1000000000}}},
        "linux.timeOffsets.boottime.nanosecs",
    )  # fmt: skip
    bare = [{"type": "pid"}, {"type": "network"}]
    yield many("no-mount-namespace", {"linux.namespaces": bare}, "linux.namespaces")
    without_uts = [{"type": "mount"}, {"type": "pid"}, {"type": "network"}, {"type": "ipc"}]
    yield many("hostname-without-uts", {"linux.namespaces": without_uts}, "hostname")
    yield many(
        "domainname-without-uts",
        {"linux.namespaces": without_uts, "hostname": "", "domainname": "x"}, "domainname", runc=False,
    )  # fmt: skip
    yield many("sysctl-of-the-host", {"linux.sysctl": {"vm.swappiness": "1"}}, "linux.sysctl")
    yield many(
        "sysctl-without-namespace",
        {"linux.namespaces": [{"type": "mount"}, {"type": "pid"}, {"type": "uts"}],
         "linux.sysctl": {"net.ipv4.ip_forward": "1"}},
        "linux.sysctl",
    )  # fmt: skip
    yield many("sysctl-empty-name", {"linux.sysctl": {"": "1"}}, "linux.sysctl")
    yield many("net-device-missing", {"linux.netDevices": {"nosuch0": {}}}, ("linux.netDevices", "nosuch0"), runc=False)


def security():
    yield put("process.capabilities.bounding", ["CAP_NOTHING"], tell="process.capabilities.bounding[0]", runc=False)
    yield put("process.capabilities.effective", ["KILL"], tell="process.capabilities.effective[0]", runc=False)
    yield put("process.capabilities.ambient", ["cap_kill "], tell="process.capabilities.ambient[0]", runc=False)
    yield put("process.apparmorProfile", "no-such-profile")
    yield put("process.selinuxLabel", "system_u:object_r:nothing_t:s0")
    yield put("linux.mountLabel", "system_u:object_r:nothing_t:s0", runc=False)
    yield put("linux.rootfsPropagation", "wild")
    yield put("linux.seccomp", {"defaultAction": "SCMP_ACT_MAYBE"}, tell="linux.seccomp.defaultAction")
    yield put("linux.seccomp", {"defaultAction": ""}, tell="linux.seccomp.defaultAction", runc=False)
    yield put("linux.seccomp", {}, tell="linux.seccomp.defaultAction", runc=False)
    rule = {"names": ["sched_yield"], "action": "SCMP_ACT_ERRNO"}

    def seccomp(name, tell, runc=True, **changes):
        whole = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [dict(rule)], **changes}
        return put("linux.seccomp", whole, name=f"seccomp-{name}", tell=f"linux.seccomp.{tell}", runc=runc)

    def one(**changes):
        return [{**rule, **changes}]

    def argument(**changes):
        return one(args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", **changes}])

    yield seccomp("action", "syscalls[0].action", syscalls=one(action="SCMP_ACT_PERHAPS"))
    yield seccomp("no-action", "syscalls[0].action", syscalls=[{"names": ["sched_yield"]}])
    yield seccomp("no-names", "syscalls[0].names", syscalls=one(names=[]), runc=False)
    yield seccomp("empty-name", "syscalls[0].names[0]", syscalls=one(names=[""]))
    yield seccomp("operator", "syscalls[0].args[0].op", syscalls=argument(op="SCMP_CMP_NEAR"))
    yield seccomp("index", "syscalls[0].args[0].index", syscalls=argument(index=6))
    yield seccomp("value", "syscalls[0].args[0].value", syscalls=argument(value=-1))
    yield seccomp("errno-too-large", "syscalls[0].errnoRet", syscalls=one(errnoRet=5000))
    yield seccomp("errno-with-kill", "syscalls[0].errnoRet", syscalls=one(action="SCMP_ACT_KILL", errnoRet=1), runc=False)
    yield seccomp("architecture", "architectures[0]", architectures=["SCMP_ARCH_VAX"])
    yield seccomp("flag", "flags[0]", flags=["SECCOMP_FILTER_FLAG_FAST"])
    yield seccomp("notify-without-listener", "listenerPath", syscalls=one(action="SCMP_ACT_NOTIFY"))
    yield seccomp("metadata-without-listener", "listenerMetadata", listenerMetadata="x", runc=False)
    yield seccomp("default-errno-without-errno", "defaultErrnoRet", defaultErrnoRet=1, runc=False)
    yield put("process.scheduler", {"policy": "SCHED_WEIRD"}, tell="process.scheduler.policy", runc=False)
    yield put("process.scheduler", {"nice": 1}, tell="process.scheduler.policy", runc=False)
    yield put("process.scheduler", {"policy": "SCHED_OTHER", "nice": 99}, tell="process.scheduler.nice", runc=False)
    yield put("process.scheduler", {"policy": "SCHED_OTHER", "flags": ["X"]}, tell="process.scheduler.flags[0]", runc=False)
    yield put("process.ioPriority", {"class": "IOPRIO_CLASS_X", "priority": 0}, tell="process.ioPriority.class", runc=False)
    yield put("process.ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 9}, tell="process.ioPriority.priority", runc=False)
    yield put("linux.personality", {"domain": "SOLARIS"}, tell="linux.personality.domain", runc=False)
    yield put("linux.personality", {"domain": "LINUX", "flags": ["X"]}, tell="linux.personality.flags", runc=False)
    yield put("linux.memoryPolicy", {"mode": "MPOL_X"}, tell="linux.memoryPolicy.mode", runc=False)
    yield put("linux.memoryPolicy", {"mode": "MPOL_BIND", "nodes": "77"}, tell="linux.memoryPolicy", runc=False)
    yield put("linux.intelRdt", {"closID": "x", "l3CacheSchema": "L3:0=f"}, tell="linux.intelRdt")
    yield put("process.execCPUAffinity", {"initial": "x"}, tell="process.execCPUAffinity.initial", runc=False)


def mounts():
    def mount(name, tell, runc=True, **entry):
        told = (f"mounts[5]{tell}",) + ((f" on {entry['destination']}",) if "destination" in entry else ())
        return Case(f"mount-{name}", told, lambda config: config["mounts"].append(entry), runc)

    yield mount("empty", "")
    yield mount("no-destination", ".destination", type="tmpfs", source="x")
    yield mount("nul-in-destination", ".destination", destination="/m\0", type="tmpfs", source="x")
    yield mount("nul-in-option", ".options[0]", destination="/m", type="tmpfs", source="x", options=["mode=\0"])
    yield mount("option", "", destination="/m", type="tmpfs", source="x", options=["no-such"])
    yield mount("type", ".type", destination="/m", type="nosuchfs", source="x")
    yield mount("missing-source", ".source", destination="/m", type="bind", source="/nowhere", options=["bind"])
    yield mount("no-source", ".source", runc=False, destination="/m", type="bind", options=["bind"])
    yield mount("folder-upon-file", ".destination", destination="/etc/passwd", type="bind", source="/etc", options=["bind"])
    yield mount("file-upon-folder", ".destination", destination="/etc", type="bind", source="/etc/passwd", options=["bind"])
    yield mount("over-the-root", ".destination", destination="/", type="tmpfs", source="x")
    yield mount("below-proc", ".destination", destination="/proc/acpi/x", type="tmpfs", source="x")
    yield mount("proc-upon-itself", ".destination", destination="/proc/self", type="bind", source="/etc", options=["bind"])
    yield mount("through-a-file", ".destination", destination="/etc/passwd/x", type="tmpfs", source="x")
    yield mount("cgroup-data", "", destination="/m", type="tmpfs", source="x", options=["size=-1x"])
    yield mount("long-name", ".destination", destination="/" + "n" * 300, type="tmpfs", source="x")
    mapping = [{"containerID": 0, "hostID": 1000, "size": 10}]
    yield mount(
        "idmap-without-mappings", "", destination="/m", type="bind", source="/etc", options=["bind", "idmap"],
        runc=False,
    )  # fmt: skip
    yield mount(
        "mappings-of-a-tmpfs", "", destination="/m", type="tmpfs", source="x", uidMappings=mapping,
        gidMappings=mapping, runc=False,
    )  # fmt: skip
    yield mount(
        "uid-mappings-only", ".gidMappings", destination="/m", type="bind", source="/etc",
        options=["bind", "idmap"], uidMappings=mapping, runc=False,
    )  # fmt: skip
    yield mount("tmpcopyup-of-a-bind", ".options", destination="/m", type="bind", source="/etc", options=["bind", "tmpcopyup"], runc=False)


def devices():
    def device(name, tell, runc=True, **entry):
        return Case(
            f"device-{name}", (f"linux.devices[0]{tell}",),
            lambda config: config["linux"].update(devices=[entry]), runc,
        )  # fmt: skip

    yield device("type", ".type", path="/dev/x", type="q", major=1, minor=3)
    yield device("no-type", ".type", path="/dev/x", major=1, minor=3)
    yield device("no-path", ".path", runc=False, type="c", major=1, minor=3)
    yield device("relative-path", ".path", path="dev/x", type="c", major=1, minor=3, runc=False)
    yield device("without-numbers", "", path="/dev/x", type="c", runc=False)
    yield device("negative-major", ".major", runc=False, path="/dev/x", type="c", major=-7, minor=3)
    yield device("huge-major", ".major", path="/dev/x", type="c", major=2**33, minor=3, runc=False)
    yield device("huge-mode", ".fileMode", path="/dev/x", type="c", major=1, minor=3, fileMode=2**33)
    yield device("dots", ".path", path="/dev/../../x/..", type="c", major=1, minor=3, runc=False)
    rules = "linux.resources.devices"
    yield put(rules, [{"allow": True, "type": "z", "access": "r"}], name="device-rule-type", tell=f"{rules}[0].type")
    yield put(rules, [{"allow": True, "access": "rx"}], name="device-rule-access", tell=f"{rules}[0].access", runc=False)
    yield put(rules, [{"allow": True, "type": "c", "major": -5, "access": "r"}], name="device-rule-major", tell=f"{rules}[0].major")


CONFIGS = [
    *wrong_types(),
    *numbers(),
    *missing(),
    *strings(),
    *namespaces(),
    *security(),
    *mounts(),
    *devices(),
]
