import Glibc
import OCISpec
import Testing

@testable import Runtime

/// What the kernel makes of the filter: real opens and mknods in a real cgroup.
@Suite(.enabled(if: mayTouchCgroups), .serialized) struct CgroupsDeviceMachineTests {
  /// Reads null and kmsg, writes kmsg with nothing, makes and reads a node of the loop control device.
  private let probe = """
    try() { if eval "$2" 2>/dev/null; then echo "$1 yes"; else echo "$1 no"; fi; }
    try null 'head -c1 /dev/null >/dev/null && : > /dev/null'
    try zero 'head -c1 /dev/zero >/dev/null'
    try kmsg-read '(exec 3</dev/kmsg)'
    try kmsg-write '(exec 3>>/dev/kmsg)'
    rm -f $NODE; try mknod "mknod $NODE c 10 237"; rm -f $NODE
    """

  private func decisions(_ scratch: ScratchCgroup) throws -> [String] {
    let child = try scratch.start("NODE=/tmp/swiftainer-cgtest-node-\(getpid()); " + probe)
    defer { child.wait() }
    return child.readAll().split(separator: "\n").map(String.init)
  }

  private let deny = LinuxDeviceCgroup(allow: false, access: "rwm")

  @Test func theKernelDecidesAsTheRulesSay() throws {
    let scratch = try ScratchCgroup("devices")
    try scratch.create(LinuxResources(devices: [deny]))
    #expect(try decisions(scratch) == ["null yes", "zero yes", "kmsg-read no", "kmsg-write no", "mknod yes"])

    let kmsg = LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 11, access: "r")
    try scratch.update(LinuxResources(devices: [deny, kmsg]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])

    // An update without devices leaves the filter as it is.
    try scratch.update(LinuxResources(pids: LinuxPids(limit: 100)))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])

    try scratch.update(LinuxResources(devices: [LinuxDeviceCgroup(allow: true, access: "rwm")]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write yes", "mknod yes"])

    // Tightened again: had the open filter stayed beside it, both would have to agree, which this cannot tell;
    // had the first one stayed, the former step would have failed.
    try scratch.update(LinuxResources(devices: [deny]))
    #expect(try decisions(scratch) == ["null yes", "zero yes", "kmsg-read no", "kmsg-write no", "mknod yes"])
  }

  @Test func aDenyRuleOnAnOpenFilter() throws {
    let scratch = try ScratchCgroup("denied")
    let everything = LinuxDeviceCgroup(allow: true, type: "a", access: "rwm")
    let rule = LinuxDeviceCgroup(allow: false, type: "c", major: 1, minor: 11, access: "w")
    try scratch.create(LinuxResources(devices: [everything, rule]))
    #expect(
      try decisions(scratch) == ["null yes", "zero yes", "kmsg-read yes", "kmsg-write no", "mknod yes"])
  }
}
