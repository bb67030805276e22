@testable import OCISpec

/// Every member of runtime-spec 1.3.0 that concerns Linux, written by hand from the specification's text.
let fullText = #"""
  {
    "ociVersion": "1.3.0",
    "root": {"path": "rootfs", "readonly": true},
    "process": {
      "terminal": true,
      "consoleSize": {"height": 25, "width": 80},
      "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [5, 6]},
      "args": ["sh", "-c", "true"],
      "env": ["PATH=/bin", "EMPTY="],
      "cwd": "/tmp",
      "capabilities": {
        "bounding": ["CAP_CHOWN"], "effective": ["CAP_KILL"], "inheritable": ["CAP_FOWNER"],
        "permitted": ["CAP_SETUID"], "ambient": ["CAP_SETGID"]
      },
      "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 512}],
      "noNewPrivileges": true,
      "apparmorProfile": "docker-default",
      "oomScoreAdj": -100,
      "scheduler": {
        "policy": "SCHED_DEADLINE", "nice": 0, "priority": 0, "flags": ["SCHED_FLAG_RESET_ON_FORK"],
        "runtime": 10000, "deadline": 20000, "period": 30000
      },
      "selinuxLabel": "system_u:system_r:container_t:s0",
      "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 4},
      "execCPUAffinity": {"initial": "0-3,7", "final": "0"}
    },
    "hostname": "box",
    "domainname": "example.org",
    "mounts": [
      {"destination": "/proc", "type": "proc", "source": "proc"},
      {
        "destination": "/data", "source": "/srv", "options": ["rbind", "ridmap"],
        "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
        "gidMappings": [{"containerID": 1, "hostID": 2000, "size": 20}]
      }
    ],
    "hooks": {
      "prestart": [{"path": "/h/1", "args": ["1", "x"], "env": ["A=b"], "timeout": 5}],
      "createRuntime": [{"path": "/h/2"}],
      "createContainer": [{"path": "/h/3"}],
      "startContainer": [{"path": "/h/4"}],
      "poststart": [{"path": "/h/5"}],
      "poststop": [{"path": "/h/6"}]
    },
    "annotations": {"org.example.key": "value", "empty": ""},
    "linux": {
      "namespaces": [
        {"type": "pid"}, {"type": "network", "path": "/run/netns/a"}, {"type": "mount"}, {"type": "ipc"},
        {"type": "uts"}, {"type": "user"}, {"type": "cgroup"}, {"type": "time"}
      ],
      "uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
      "gidMappings": [{"containerID": 0, "hostID": 200000, "size": 65536}],
      "timeOffsets": {"monotonic": {"secs": -5, "nanosecs": 7}, "boottime": {"secs": 3}},
      "devices": [
        {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 3, "gid": 4},
        {"path": "/dev/pipe", "type": "p"}
      ],
      "netDevices": {"eth0": {"name": "lan"}, "eth1": {}},
      "cgroupsPath": "/box/one",
      "resources": {
        "devices": [
          {"allow": false, "access": "rwm"},
          {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}
        ],
        "memory": {
          "limit": 536870912, "reservation": 268435456, "swap": 1073741824, "kernel": -1, "kernelTCP": -1,
          "swappiness": 60, "disableOOMKiller": false, "useHierarchy": true, "checkBeforeUpdate": true
        },
        "cpu": {
          "shares": 1024, "quota": 50000, "burst": 10000, "period": 100000, "realtimeRuntime": 950000,
          "realtimePeriod": 1000000, "cpus": "2-3", "mems": "0-7", "idle": 1
        },
        "pids": {"limit": 32771},
        "blockIO": {
          "weight": 10, "leafWeight": 11,
          "weightDevice": [{"major": 8, "minor": 0, "weight": 500, "leafWeight": 300}],
          "throttleReadBpsDevice": [{"major": 8, "minor": 1, "rate": 600}],
          "throttleWriteBpsDevice": [{"major": 8, "minor": 2, "rate": 601}],
          "throttleReadIOPSDevice": [{"major": 8, "minor": 3, "rate": 602}],
          "throttleWriteIOPSDevice": [{"major": 8, "minor": 16, "rate": 18446744073709551615}]
        },
        "hugepageLimits": [{"pageSize": "2MB", "limit": 209715200}],
        "network": {"classID": 1048577, "priorities": [{"name": "eth0", "priority": 500}]},
        "rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}},
        "unified": {"memory.high": "100000", "io.max": "259:0 rbps=2097152"}
      },
      "intelRdt": {
        "closID": "guaranteed", "schemata": ["L3:0=7f0;1=1f", "MB:0=20;1=70"], "l3CacheSchema": "L3:0=7f0",
        "memBwSchema": "MB:0=20", "enableMonitoring": true
      },
      "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"]},
      "sysctl": {"net.ipv4.ip_forward": "1"},
      "seccomp": {
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86_64"],
        "flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/agent", "listenerMetadata": "x",
        "syscalls": [
          {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
          {
            "names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38,
            "args": [{"index": 0, "value": 2114060288, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]
          }
        ]
      },
      "rootfsPropagation": "slave",
      "maskedPaths": ["/proc/kcore"],
      "readonlyPaths": ["/proc/sys"],
      "mountLabel": "system_u:object_r:container_file_t:s0",
      "personality": {"domain": "LINUX32"}
    }
  }
  """#

/// What `fullText` means.
let fullSpec = Spec(
  root: Root(path: "rootfs", readonly: true), process: fullProcess, hostname: "box",
  domainname: "example.org",
  mounts: [
    Mount(destination: "/proc", type: "proc", source: "proc"),
    Mount(
      destination: "/data", source: "/srv", options: ["rbind", "ridmap"],
      uidMappings: [LinuxIDMapping(containerID: 0, hostID: 1000, size: 10)],
      gidMappings: [LinuxIDMapping(containerID: 1, hostID: 2000, size: 20)]),
  ],
  hooks: Hooks(
    prestart: [Hook(path: "/h/1", args: ["1", "x"], env: ["A=b"], timeout: 5)],
    createRuntime: [Hook(path: "/h/2")], createContainer: [Hook(path: "/h/3")],
    startContainer: [Hook(path: "/h/4")], poststart: [Hook(path: "/h/5")], poststop: [Hook(path: "/h/6")]),
  annotations: ["org.example.key": "value", "empty": ""], linux: fullLinux)

private let fullProcess = Process(
  terminal: true, consoleSize: Box(height: 25, width: 80),
  user: User(uid: 1, gid: 2, umask: 0o77, additionalGids: [5, 6]), args: ["sh", "-c", "true"],
  env: ["PATH=/bin", "EMPTY="], cwd: "/tmp",
  capabilities: LinuxCapabilities(
    bounding: ["CAP_CHOWN"], effective: ["CAP_KILL"], inheritable: ["CAP_FOWNER"], permitted: ["CAP_SETUID"],
    ambient: ["CAP_SETGID"]),
  rlimits: [POSIXRlimit(type: "RLIMIT_NOFILE", soft: 512, hard: 1024)], noNewPrivileges: true,
  apparmorProfile: "docker-default", oomScoreAdj: -100,
  scheduler: Scheduler(
    policy: .deadline, nice: 0, priority: 0, flags: [.resetOnFork], runtime: 10000, deadline: 20000,
    period: 30000),
  selinuxLabel: "system_u:system_r:container_t:s0",
  ioPriority: LinuxIOPriority(class: .bestEffort, priority: 4),
  execCPUAffinity: CPUAffinity(initial: "0-3,7", final: "0"))

private let fullLinux = Linux(
  namespaces: [
    LinuxNamespace(type: .pid), LinuxNamespace(type: .network, path: "/run/netns/a"),
    LinuxNamespace(type: .mount),
    LinuxNamespace(type: .ipc), LinuxNamespace(type: .uts), LinuxNamespace(type: .user),
    LinuxNamespace(type: .cgroup), LinuxNamespace(type: .time),
  ],
  uidMappings: [LinuxIDMapping(containerID: 0, hostID: 100000, size: 65536)],
  gidMappings: [LinuxIDMapping(containerID: 0, hostID: 200000, size: 65536)],
  timeOffsets: ["monotonic": LinuxTimeOffset(secs: -5, nanosecs: 7), "boottime": LinuxTimeOffset(secs: 3)],
  devices: [
    LinuxDevice(path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o666, uid: 3, gid: 4),
    LinuxDevice(path: "/dev/pipe", type: "p"),
  ],
  netDevices: ["eth0": LinuxNetDevice(name: "lan"), "eth1": LinuxNetDevice()], cgroupsPath: "/box/one",
  resources: fullResources,
  intelRdt: LinuxIntelRdt(
    closID: "guaranteed", schemata: ["L3:0=7f0;1=1f", "MB:0=20;1=70"], l3CacheSchema: "L3:0=7f0",
    memBwSchema: "MB:0=20", enableMonitoring: true),
  memoryPolicy: LinuxMemoryPolicy(mode: .bind, nodes: "0-1", flags: [.staticNodes]),
  sysctl: ["net.ipv4.ip_forward": "1"], seccomp: SeccompSection(fullSeccomp), rootfsPropagation: "slave",
  maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"],
  mountLabel: "system_u:object_r:container_file_t:s0", personality: LinuxPersonality(domain: .linux32))

private let fullResources = LinuxResources(
  devices: [
    LinuxDeviceCgroup(allow: false, access: "rwm"),
    LinuxDeviceCgroup(allow: true, type: "c", major: 10, minor: 229, access: "rw"),
  ],
  memory: LinuxMemory(
    limit: 536_870_912, reservation: 268_435_456, swap: 1_073_741_824, kernel: -1, kernelTCP: -1,
    swappiness: 60,
    disableOOMKiller: false, useHierarchy: true, checkBeforeUpdate: true),
  cpu: LinuxCPU(
    shares: 1024, quota: 50000, burst: 10000, period: 100000, realtimeRuntime: 950000,
    realtimePeriod: 1_000_000,
    cpus: "2-3", mems: "0-7", idle: 1),
  pids: LinuxPids(limit: 32771),
  blockIO: LinuxBlockIO(
    weight: 10, leafWeight: 11,
    weightDevice: [LinuxWeightDevice(major: 8, minor: 0, weight: 500, leafWeight: 300)],
    throttleReadBpsDevice: [LinuxThrottleDevice(major: 8, minor: 1, rate: 600)],
    throttleWriteBpsDevice: [LinuxThrottleDevice(major: 8, minor: 2, rate: 601)],
    throttleReadIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 3, rate: 602)],
    throttleWriteIOPSDevice: [LinuxThrottleDevice(major: 8, minor: 16, rate: .max)]),
  hugepageLimits: [LinuxHugepageLimit(pageSize: "2MB", limit: 209_715_200)],
  network: LinuxNetwork(
    classID: 1_048_577, priorities: [LinuxInterfacePriority(name: "eth0", priority: 500)]),
  rdma: ["mlx5_1": LinuxRdma(hcaHandles: 3, hcaObjects: 10000)],
  unified: ["memory.high": "100000", "io.max": "259:0 rbps=2097152"])

let fullSeccomp = LinuxSeccomp(
  defaultAction: .errno, defaultErrnoRet: 1, architectures: [.amd64], flags: [.log],
  listenerPath: "/run/agent",
  listenerMetadata: "x",
  syscalls: [
    LinuxSyscall(names: ["read", "write"], action: .allow),
    LinuxSyscall(
      names: ["clone"], action: .errno, errnoRet: 38,
      args: [LinuxSeccompArg(index: 0, value: 2_114_060_288, valueTwo: 1, op: .maskedEqual)]),
  ])
