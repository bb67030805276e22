import Testing

@testable import OCISpec

@Test("Members of the wrong shape are refused with their path", arguments: wrongShapes)
func wrongShape(_ text: String, _ error: String) {
  #expect(decodingError(text) == error)
}

private let wrongShapes: [(String, String)] = [
  ("[]", "the document: must be an object, not an array"),
  ("null", "the document: must be an object, not null"),
  ("{}", "ociVersion: is required"),
  (#"{"ociVersion": null}"#, "ociVersion: is required"),
  (#"{"ociVersion": 1.3}"#, "ociVersion: must be a string, not a number"),
  (config(#""root": "rootfs""#), "root: must be an object, not a string"),
  (config(#""root": {}"#), "root.path: is required"),
  (config(#""root": {"path": ["x"]}"#), "root.path: must be a string, not an array"),
  (
    config(#""root": {"path": "x", "readonly": "yes"}"#), "root.readonly: must be true or false, not a string"
  ),
  (config(#""root": {"path": "x", "readonly": 1}"#), "root.readonly: must be true or false, not a number"),
  (config(#""root": {"path": "a\u0000b"}"#), "root.path: must not contain a NUL byte"),
  (config(#""hostname": ["a"]"#), "hostname: must be a string, not an array"),
  (config(#""mounts": {}"#), "mounts: must be an array, not an object"),
  (config(#""mounts": [null]"#), "mounts[0]: must be an object, not null"),
  (config(#""mounts": [{"destination": "/a"}, {}]"#), "mounts[1].destination: is required"),
  (
    config(#""mounts": [{"destination": "/a", "options": "ro"}]"#),
    "mounts[0].options: must be an array, not a string"
  ),
  (
    config(#""mounts": [{"destination": "/a", "options": ["ro", null]}]"#),
    "mounts[0].options[1]: must be a string, not null"
  ),
  (
    config(#""mounts": [{"destination": "/a", "uidMappings": [{"containerID": 0, "hostID": 0}]}]"#),
    "mounts[0].uidMappings[0].size: is required"
  ),
  (config(#""annotations": {"a": 1}"#), "annotations.a: must be a string, not a number"),
  (config(#""annotations": {"a.b/c": true}"#), #"annotations["a.b/c"]: must be a string, not true"#),
  (
    config(#""annotations": {"a\u0000": ""}"#),
    #"annotations["a\u{0}"]: must not have a NUL byte in its name"#
  ),
  (config(#""annotations": {"a": "1", "a": "2"}"#), "annotations.a: appears twice"),
  (config(#""process": {}"#), "process.cwd: is required"),
  (config(#""process": {"cwd": "/", "args": "sh"}"#), "process.args: must be an array, not a string"),
  (config(#""process": {"cwd": "/", "args": [1]}"#), "process.args[0]: must be a string, not a number"),
  (config(#""process": {"cwd": "/", "env": {"A": "b"}}"#), "process.env: must be an array, not an object"),
  (
    config(#""process": {"cwd": "/", "terminal": "true"}"#),
    "process.terminal: must be true or false, not a string"
  ),
  (
    config(#""process": {"cwd": "/", "consoleSize": {"height": 1}}"#),
    "process.consoleSize.width: is required"
  ),
  (
    config(#""process": {"cwd": "/", "consoleSize": {"height": -1, "width": 1}}"#),
    "process.consoleSize.height: must not be negative"
  ),
  (config(#""process": {"cwd": "/", "user": "root"}"#), "process.user: must be an object, not a string"),
  (
    config(#""process": {"cwd": "/", "user": {"uid": "0"}}"#),
    "process.user.uid: must be a whole number, not a string"
  ),
  (config(#""process": {"cwd": "/", "user": {"uid": -1}}"#), "process.user.uid: must not be negative"),
  (
    config(#""process": {"cwd": "/", "user": {"gid": 4294967296}}"#),
    "process.user.gid: must be at most 4294967295, not 4294967296"
  ),
  (
    config(#""process": {"cwd": "/", "user": {"umask": "022"}}"#),
    "process.user.umask: must be a whole number, not a string"
  ),
  (
    config(#""process": {"cwd": "/", "user": {"additionalGids": [1, 2.5]}}"#),
    "process.user.additionalGids[1]: must be a whole number, not 2.5"
  ),
  (
    config(#""process": {"cwd": "/", "capabilities": ["CAP_KILL"]}"#),
    "process.capabilities: must be an object, not an array"
  ),
  (
    config(#""process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_CPU", "soft": 1}]}"#),
    "process.rlimits[0].hard: is required"
  ),
  (
    config(#""process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_CPU", "soft": -1, "hard": 1}]}"#),
    "process.rlimits[0].soft: must not be negative"
  ),
  (
    config(#""process": {"cwd": "/", "oomScoreAdj": 1e2}"#),
    "process.oomScoreAdj: must be a whole number, not 1e2"
  ),
  (
    config(#""process": {"cwd": "/", "scheduler": {"policy": "SCHED_FIF0"}}"#),
    "process.scheduler.policy: must be SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_ISO, SCHED_IDLE or "
      + "SCHED_DEADLINE, not 'SCHED_FIF0'"
  ),
  (config(#""process": {"cwd": "/", "scheduler": {}}"#), "process.scheduler.policy: is required"),
  (
    config(#""process": {"cwd": "/", "scheduler": {"policy": "SCHED_RR", "flags": ["X"]}}"#),
    "process.scheduler.flags[0]: must be SCHED_FLAG_RESET_ON_FORK, SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN, "
      + "SCHED_FLAG_KEEP_POLICY, SCHED_FLAG_KEEP_PARAMS, SCHED_FLAG_UTIL_CLAMP_MIN or SCHED_FLAG_UTIL_CLAMP_MAX, "
      + "not 'X'"
  ),
  (
    config(#""process": {"cwd": "/", "ioPriority": {"class": "best-effort", "priority": 0}}"#),
    "process.ioPriority.class: must be IOPRIO_CLASS_RT, IOPRIO_CLASS_BE or IOPRIO_CLASS_IDLE, not 'best-effort'"
  ),
  (config(#""hooks": []"#), "hooks: must be an object, not an array"),
  (config(#""hooks": {"poststop": [{"args": []}]}"#), "hooks.poststop[0].path: is required"),
  (
    config(#""hooks": {"prestart": [{"path": "/h", "timeout": "5s"}]}"#),
    "hooks.prestart[0].timeout: must be a whole number, not a string"
  ),
  (config(#""linux": true"#), "linux: must be an object, not true"),
  (
    config(#""linux": {"namespaces": ["pid"]}"#), "linux.namespaces[0]: must be an object, not a string"
  ),
  (
    config(#""linux": {"namespaces": [{"type": "net"}]}"#),
    "linux.namespaces[0].type: must be pid, network, mount, ipc, uts, user, cgroup or time, not 'net'"
  ),
  (
    config(#""linux": {"namespaces": [{"type": "pid"}, {"path": "/x"}]}"#),
    "linux.namespaces[1].type: is required"
  ),
  (
    config(#""linux": {"timeOffsets": {"monotonic": 5}}"#),
    "linux.timeOffsets.monotonic: must be an object, not a number"
  ),
  (
    config(#""linux": {"timeOffsets": {"boottime": {"nanosecs": 4294967296}}}"#),
    "linux.timeOffsets.boottime.nanosecs: must be at most 4294967295, not 4294967296"
  ),
  (config(#""linux": {"sysctl": {"net.x": 1}}"#), #"linux.sysctl["net.x"]: must be a string, not a number"#),
  (config(#""linux": {"sysctl": ["net.x=1"]}"#), "linux.sysctl: must be an object, not an array"),
  (config(#""linux": {"devices": [{"type": "c"}]}"#), "linux.devices[0].path: is required"),
  (
    config(#""linux": {"devices": [{"path": "/dev/x", "type": "c", "fileMode": "0666"}]}"#),
    "linux.devices[0].fileMode: must be a whole number, not a string"
  ),
  (
    config(#""linux": {"netDevices": {"eth0": "lan"}}"#),
    "linux.netDevices.eth0: must be an object, not a string"
  ),
  (
    config(#""linux": {"resources": {"memory": {"limit": "512M"}}}"#),
    "linux.resources.memory.limit: must be a whole number, not a string"
  ),
  (
    config(#""linux": {"resources": {"memory": {"limit": 9223372036854775808}}}"#),
    "linux.resources.memory.limit: must be at most 9223372036854775807, not 9223372036854775808"
  ),
  (
    config(#""linux": {"resources": {"memory": {"limit": 1.5}}}"#),
    "linux.resources.memory.limit: must be a whole number, not 1.5"
  ),
  (
    config(#""linux": {"resources": {"memory": {"limit": 1, "limit": 2}}}"#),
    "linux.resources.memory.limit: appears twice"
  ),
  (
    config(#""linux": {"resources": {"cpu": {"shares": -1}}}"#),
    "linux.resources.cpu.shares: must not be negative"
  ),
  (
    config(#""linux": {"resources": {"cpu": {"cpus": 2}}}"#),
    "linux.resources.cpu.cpus: must be a string, not a number"
  ),
  (
    config(#""linux": {"resources": {"devices": [{"type": "c"}]}}"#),
    "linux.resources.devices[0].allow: is required"
  ),
  (
    config(#""linux": {"resources": {"pids": {"limit": "max"}}}"#),
    "linux.resources.pids.limit: must be a whole number, not a string"
  ),
  (
    config(#""linux": {"resources": {"blockIO": {"weight": 65536}}}"#),
    "linux.resources.blockIO.weight: must be at most 65535, not 65536"
  ),
  (
    config(#""linux": {"resources": {"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0}]}}}"#),
    "linux.resources.blockIO.throttleReadBpsDevice[0].rate: is required"
  ),
  (
    config(#""linux": {"resources": {"hugepageLimits": [{"limit": 1}]}}"#),
    "linux.resources.hugepageLimits[0].pageSize: is required"
  ),
  (
    config(#""linux": {"resources": {"unified": {"memory.high": 100}}}"#),
    #"linux.resources.unified["memory.high"]: must be a string, not a number"#
  ),
  (
    config(#""linux": {"resources": {"rdma": {"mlx": {"hcaHandles": -1}}}}"#),
    "linux.resources.rdma.mlx.hcaHandles: must not be negative"
  ),
  (
    config(#""linux": {"memoryPolicy": {"mode": "MPOL_BIN"}}"#),
    "linux.memoryPolicy.mode: must be MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_WEIGHTED_INTERLEAVE, "
      + "MPOL_PREFERRED, MPOL_PREFERRED_MANY or MPOL_LOCAL, not 'MPOL_BIN'"
  ),
  (
    config(#""linux": {"intelRdt": {"schemata": "L3:0=1"}}"#),
    "linux.intelRdt.schemata: must be an array, not a string"
  ),
  (
    config(#""linux": {"personality": {"domain": "linux"}}"#),
    "linux.personality.domain: must be LINUX or LINUX32, not 'linux'"
  ),
  (config(#""linux": {"personality": {}}"#), "linux.personality.domain: is required"),
  (config(#""linux": {"seccomp": "unconfined"}"#), "linux.seccomp: must be an object, not a string"),
  (
    "{\"ociVersion\": \"1.3.0\",\n \"linux\": {\n  \"seccomp\": {\"syscalls\": [}}}",
    "config.json: line 3, column 28: expected a value, found '}'"
  ),
]
