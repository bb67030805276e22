import Testing

@testable import OCISpec

@Test("Namespaces and mappings", arguments: namespaceCases)
func namespaceValidation(_ example: ValidationCase) { example.check() }

private let namespaceCases: [ValidationCase] = [
  .linux("linux.namespaces[5].type: the namespace 'pid' appears twice") {
    $0.namespaces.append(LinuxNamespace(type: .pid, path: "/proc/1/ns/pid"))
  },
  .linux("linux.namespaces[0].path: must be an absolute path, not 'ns'") {
    $0.namespaces = [LinuxNamespace(type: .pid, path: "ns")]
  },
  .linux("linux.namespaces[0].path: must be an absolute path, not ''") {
    $0.namespaces = [LinuxNamespace(type: .pid, path: "")]
  },
  .linux("linux.namespaces[0].path: must not contain a NUL byte") {
    $0.namespaces = [LinuxNamespace(type: .pid, path: "/n\u{0}")]
  },
  // User namespaces.
  .linux(nil) { $0.addUserNamespace() },
  .linux("linux.uidMappings: is required for a new user namespace") {
    $0.namespaces.append(LinuxNamespace(type: .user))
  },
  .linux("linux.gidMappings: is required for a new user namespace") {
    $0.addUserNamespace()
    $0.gidMappings = []
  },
  .linux("linux.uidMappings: needs a user namespace (add one to linux.namespaces)") {
    $0.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
  },
  .linux("linux.gidMappings: needs a user namespace (add one to linux.namespaces)") {
    $0.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
  },
  .linux(nil) { $0.namespaces.append(LinuxNamespace(type: .user, path: "/proc/1/ns/user")) },
  // containerd and CRI-O repeat the mappings of a namespace that is joined.
  .linux(nil) {
    $0.addUserNamespace()
    $0.remove(.user)
    $0.namespaces.append(LinuxNamespace(type: .user, path: "/proc/1/ns/user"))
  },
  .linux("linux.uidMappings[0].size: must be more than 0") { $0.addUserNamespace(size: 0) },
  .linux(nil) {
    $0.addUserNamespace()
    $0.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: .max)]
  },
  .linux("linux.uidMappings[0].size: 4294967295 IDs from containerID 1 go beyond 4294967294") {
    $0.addUserNamespace()
    $0.uidMappings = [LinuxIDMapping(containerID: 1, hostID: 0, size: .max)]
  },
  .linux("linux.gidMappings[0].size: 2 IDs from hostID 4294967294 go beyond 4294967294") {
    $0.addUserNamespace()
    $0.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 4_294_967_294, size: 2)]
  },
  .linux("linux.uidMappings[1].containerID: overlaps entry 0") {
    $0.addUserNamespace(size: 10)
    $0.uidMappings.append(LinuxIDMapping(containerID: 9, hostID: 0, size: 1))
  },
  .linux("linux.uidMappings[1].hostID: overlaps entry 0") {
    $0.addUserNamespace(size: 10)
    $0.uidMappings.append(LinuxIDMapping(containerID: 10, hostID: 99_999, size: 2))
  },
  .linux(nil) {
    $0.addUserNamespace(size: 10)
    $0.uidMappings.append(LinuxIDMapping(containerID: 10, hostID: 100_010, size: 1))
  },
  .linux("linux.gidMappings: must have at most 340 entries, not 341") {
    $0.addUserNamespace()
    $0.gidMappings = (0..<341).map { LinuxIDMapping(containerID: $0, hostID: $0, size: 1) }
  },
  ValidationCase("process.user.uid: 10 is not mapped in the user namespace") {
    $0.linux?.addUserNamespace(size: 10)
    $0.process?.user.uid = 10
  },
  ValidationCase(nil) {
    $0.linux?.addUserNamespace(size: 10)
    $0.process?.user = User(uid: 9, gid: 9, additionalGids: [9])
  },
  ValidationCase("process.user.gid: 11 is not mapped in the user namespace") {
    $0.linux?.addUserNamespace(size: 10)
    $0.process?.user.gid = 11
  },
  ValidationCase("process.user.additionalGids[1]: 12 is not mapped in the user namespace") {
    $0.linux?.addUserNamespace(size: 10)
    $0.process?.user.additionalGids = [1, 12]
  },
  // Time namespaces.
  .linux("linux.timeOffsets: needs a time namespace (add one to linux.namespaces)") {
    $0.timeOffsets = ["monotonic": LinuxTimeOffset(secs: 1)]
  },
  .linux("linux.timeOffsets: cannot be set in a time namespace that is joined") {
    $0.namespaces.append(LinuxNamespace(type: .time, path: "/proc/1/ns/time"))
    $0.timeOffsets = ["monotonic": LinuxTimeOffset(secs: 1)]
  },
  .linux(nil) {
    $0.namespaces.append(LinuxNamespace(type: .time))
    $0.timeOffsets = [
      "monotonic": LinuxTimeOffset(secs: .min), "boottime": LinuxTimeOffset(nanosecs: 999_999_999),
    ]
  },
  .linux("linux.timeOffsets.realtime: is no clock with an offset (monotonic and boottime are)") {
    $0.namespaces.append(LinuxNamespace(type: .time))
    $0.timeOffsets = ["realtime": LinuxTimeOffset(secs: 1)]
  },
  .linux("linux.timeOffsets.boottime.nanosecs: must be less than 1000000000, not 1000000000") {
    $0.namespaces.append(LinuxNamespace(type: .time))
    $0.timeOffsets = ["boottime": LinuxTimeOffset(nanosecs: 1_000_000_000)]
  },
]
