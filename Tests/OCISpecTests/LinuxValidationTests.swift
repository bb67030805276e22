import Testing

@testable import OCISpec

@Test("The rest of the Linux part", arguments: linuxCases)
func linuxValidation(_ example: ValidationCase) { example.check() }

private let linuxCases: [ValidationCase] = [
  // Paths.
  .linux(nil) { $0.maskedPaths = ["/proc/kcore"] },
  .linux("linux.maskedPaths[1]: must be an absolute path, not 'proc'") { $0.maskedPaths = ["/a", "proc"] },
  .linux("linux.readonlyPaths[0]: must be an absolute path, not ''") { $0.readonlyPaths = [""] },
  .linux("linux.readonlyPaths[0]: must not contain a NUL byte") { $0.readonlyPaths = ["/\u{0}"] },
  .linux("linux.maskedPaths: needs a mount namespace (add one to linux.namespaces)") {
    $0.remove(.mount)
    $0.maskedPaths = ["/proc/kcore"]
  },
  .linux(nil) { $0.rootfsPropagation = "rslave" },
  .linux("linux.rootfsPropagation: must be shared, slave, private or unbindable, not 'Private'") {
    $0.rootfsPropagation = "Private"
  },
  .linux("linux.mountLabel: must not contain a NUL byte") { $0.mountLabel = "\u{0}" },
  .linux(nil) { $0.cgroupsPath = "system.slice:docker:abc" },
  .linux(nil) { $0.cgroupsPath = "/a..b/c" },
  .linux("linux.cgroupsPath: must not contain '..', as '/a/../../etc' does") {
    $0.cgroupsPath = "/a/../../etc"
  },
  .linux("linux.cgroupsPath: must not contain a line break") { $0.cgroupsPath = "/a\nb" },
  .linux("linux.cgroupsPath: must not contain a NUL byte") { $0.cgroupsPath = "/a\u{0}" },
  .linux("linux.personality.flags[0]: has the unknown value 'X' (no flags exist yet)") {
    $0.personality = LinuxPersonality(domain: .linux, flags: ["X"])
  },
  // Devices.
  .linux(nil) {
    $0.devices = [LinuxDevice(path: "/dev/a", type: "u", major: 4095, minor: 1_048_575, fileMode: 8630)]
  },
  .linux(nil) { $0.devices = [LinuxDevice(path: "/dev/a", type: "p")] },
  .linux("linux.devices[0].path: must be an absolute path, not 'dev/a'") {
    $0.devices = [LinuxDevice(path: "dev/a", type: "p")]
  },
  .linux("linux.devices[0].path: must not be the root directory") {
    $0.devices = [LinuxDevice(path: "/.", type: "p")]
  },
  .linux("linux.devices[0].type: must be c, u, b or p, not 'char'") {
    $0.devices = [LinuxDevice(path: "/a", type: "char")]
  },
  .linux("linux.devices[0].type: must be c, u, b or p, not ''") {
    $0.devices = [LinuxDevice(path: "/a", type: "")]
  },
  .linux("linux.devices[0].major: is required for a device of type c") {
    $0.devices = [LinuxDevice(path: "/a", type: "c", minor: 1)]
  },
  .linux("linux.devices[0].minor: is required for a device of type b") {
    $0.devices = [LinuxDevice(path: "/a", type: "b", major: 1)]
  },
  .linux("linux.devices[0].major: must lie in 0...4095, not -1") {
    $0.devices = [LinuxDevice(path: "/a", type: "c", major: -1, minor: 1)]
  },
  .linux("linux.devices[0].minor: must lie in 0...1048575, not 1048576") {
    $0.devices = [LinuxDevice(path: "/a", type: "c", major: 1, minor: 1_048_576)]
  },
  .linux("linux.devices[0].uid: must not be 4294967295, which means no user") {
    $0.devices = [LinuxDevice(path: "/a", type: "p", uid: .max)]
  },
  .linux("linux.devices[0].gid: must not be 4294967295, which means no group") {
    $0.devices = [LinuxDevice(path: "/a", type: "p", gid: .max)]
  },
  // Network devices.
  .linux(nil) { $0.netDevices = ["eth0": LinuxNetDevice(name: "lan"), "eth1": LinuxNetDevice()] },
  .linux("linux.netDevices: needs a network namespace (add one to linux.namespaces)") {
    $0.remove(.network)
    $0.netDevices = ["eth0": LinuxNetDevice()]
  },
  .linux(#"linux.netDevices["a/b"]: is no valid name of a network device"#) {
    $0.netDevices = ["a/b": LinuxNetDevice()]
  },
  .linux(#"linux.netDevices[".."]: is no valid name of a network device"#) {
    $0.netDevices = ["..": LinuxNetDevice()]
  },
  .linux("linux.netDevices.abcdefghijklmnop: is no valid name of a network device") {
    $0.netDevices = ["abcdefghijklmnop": LinuxNetDevice(name: "a")]
  },
  .linux("linux.netDevices.eth0.name: 'lan 0' is no valid name of a network device") {
    $0.netDevices = ["eth0": LinuxNetDevice(name: "lan 0")]
  },
  .linux("linux.netDevices.eth0.name: 'e%dh' is no valid name of a network device") {
    $0.netDevices = ["eth0": LinuxNetDevice(name: "e%dh")]
  },
  .linux("linux.netDevices.eth1.name: two devices would have the name 'lan' in the container") {
    $0.netDevices = ["eth0": LinuxNetDevice(name: "lan"), "eth1": LinuxNetDevice(name: "lan")]
  },
  // Resource control.
  .linux(nil) {
    $0.intelRdt = LinuxIntelRdt(closID: "a.b", schemata: ["L3:0=f"], l3CacheSchema: "L3:0=f\nMB:0=20")
  },
  .linux("linux.intelRdt.closID: must be a plain directory name, not '..'") {
    $0.intelRdt = LinuxIntelRdt(closID: "..")
  },
  .linux("linux.intelRdt.closID: must be a plain directory name, not 'a/b'") {
    $0.intelRdt = LinuxIntelRdt(closID: "a/b")
  },
  .linux("linux.intelRdt.closID: must be a plain directory name, not ''") {
    $0.intelRdt = LinuxIntelRdt(closID: "")
  },
  .linux("linux.intelRdt.closID: must not be 'mon_groups', which resctrl itself uses") {
    $0.intelRdt = LinuxIntelRdt(closID: "mon_groups")
  },
  .linux("linux.intelRdt.l3CacheSchema: must begin with 'L3:', unlike '0=f'") {
    $0.intelRdt = LinuxIntelRdt(l3CacheSchema: "0=f")
  },
  .linux("linux.intelRdt.memBwSchema: must begin with 'MB:', unlike '0=20'") {
    $0.intelRdt = LinuxIntelRdt(memBwSchema: "0=20")
  },
  .linux("linux.intelRdt.memBwSchema: must not contain a line break") {
    $0.intelRdt = LinuxIntelRdt(memBwSchema: "MB:0=20\nL3:0=f")
  },
  .linux("linux.intelRdt.schemata[1]: must not contain a line break") {
    $0.intelRdt = LinuxIntelRdt(schemata: ["L3:0=f", "L2:0=f\n"])
  },
  .linux("linux.intelRdt.schemata[0]: must have the form RESOURCE:ID=VALUE, not 'f'") {
    $0.intelRdt = LinuxIntelRdt(schemata: ["f"])
  },
  .linux(nil) { $0.memoryPolicy = LinuxMemoryPolicy(mode: .preferred) },
  .linux(nil) {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .bind, nodes: "0", flags: [.numaBalancing, .staticNodes])
  },
  .linux("linux.memoryPolicy.nodes: is required for MPOL_BIND") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .bind)
  },
  .linux("linux.memoryPolicy.nodes: is required for MPOL_INTERLEAVE") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .interleave, nodes: " , ")
  },
  .linux("linux.memoryPolicy.nodes: must be empty for MPOL_LOCAL") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .local, nodes: "0")
  },
  .linux("linux.memoryPolicy.flags: must be empty for MPOL_DEFAULT") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .systemDefault, flags: [.staticNodes])
  },
  .linux("linux.memoryPolicy.flags: need nodes for MPOL_PREFERRED") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .preferred, flags: [.relativeNodes])
  },
  .linux("linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .bind, nodes: "0", flags: [.staticNodes, .relativeNodes])
  },
  .linux("linux.memoryPolicy.flags: MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY only") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .interleave, nodes: "0", flags: [.numaBalancing])
  },
  .linux("linux.memoryPolicy.nodes: must be a list of numbers and ranges like '0-3,7', not '0-'") {
    $0.memoryPolicy = LinuxMemoryPolicy(mode: .bind, nodes: "0-")
  },
]
