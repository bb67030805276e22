import OCISpec
import Testing

@testable import Runtime

/// The JSON that `events` and `features` print, and the configuration that `spec` writes.
@Suite struct VerbsReportTests {
  private func text(_ event: ContainerEvent) -> String {
    String(decoding: EventReport(id: "web", event).json(), as: UTF8.self)
  }

  @Test func lackOfMemory() { #expect(text(.outOfMemory) == #"{"type":"oom","id":"web"}"#) }

  @Test func nothingIsKnown() {
    #expect(
      text(.stats(CgroupStats()))
        == #"{"type":"stats","id":"web","data":{"cpu":{},"memory":{},"pids":{},"blkio":{},"hugetlb":{}}}"#)
  }

  @Test func unitsAndNamesAreThoseOfRunc() throws {
    var stats = CgroupStats()
    stats.cpu = .init(
      usage: 5, user: 3, system: 2, throttling: .init(periods: 9, throttledPeriods: 4, throttledTime: 7))
    stats.cpuPressure = .init(some: .init(average10: 1.5, average60: 0, average300: 0, total: 8), full: nil)
    stats.memory = .init(
      usage: 100, peak: 120, limit: 200, swapUsage: 10, swapLimit: 50, oomKills: 2, failures: 6,
      details: ["file": 11])
    stats.pids = .init(current: 3)
    var device = CgroupStats.BlockDevice(major: 8, minor: 16)
    device.readBytes = 4096
    device.writes = 2
    stats.blockIO = [device]
    stats.hugePages = ["2MB": .init(usage: 2 << 20, limit: nil, failures: 1)]
    let data = try JSONDocument(Array(text(.stats(stats)).utf8), name: "event").root.object().required("data")
    func part(_ name: StaticString) throws -> String {
      String(decoding: try data.object().required(name).source, as: UTF8.self)
    }
    #expect(
      try part("cpu")
        == #"{"usage":{"total":5000,"kernel":2000,"user":3000},"#
        + #""throttling":{"periods":9,"throttledPeriods":4,"throttledTime":7000},"#
        + #""psi":{"some":{"avg10":1.5,"avg60":0.0,"avg300":0.0,"total":8}}}"#)
    #expect(
      try part("memory")
        == #"{"cache":11,"usage":{"limit":200,"usage":100,"max":120,"failcnt":6},"#
        + #""swap":{"limit":250,"usage":110},"raw":{"file":11},"event_count":{"oom_kill":2}}"#)
    #expect(try part("pids") == #"{"current":3}"#)
    #expect(
      try part("blkio")
        == #"{"ioServiceBytesRecursive":[{"major":8,"minor":16,"op":"Read","value":4096},"#
        + #"{"major":8,"minor":16,"op":"Write","value":0},{"major":8,"minor":16,"op":"Discard","value":0}],"#
        + #""ioServicedRecursive":[{"major":8,"minor":16,"op":"Read","value":0},"#
        + #"{"major":8,"minor":16,"op":"Write","value":2},{"major":8,"minor":16,"op":"Discard","value":0}]}"#)
    #expect(try part("hugetlb") == #"{"2MB":{"usage":2097152,"failcnt":1}}"#)
  }

  @Test func unlimitedMemoryIsTheLargestNumber() {
    var stats = CgroupStats()
    stats.memory = .init(usage: 1)
    #expect(text(.stats(stats)).contains(#""usage":{"limit":18446744073709551615,"usage":1,"failcnt":0}"#))
  }

  @Test func starterIsValidAndReadsBackTheSame() throws {
    let spec = DefaultSpec.starter()
    try spec.validate()
    #expect(try SpecDecoder.decode(spec.json(.indented(2))) == spec)
    #expect(spec.process?.capabilities?.inheritable == [])
    #expect(spec.process?.noNewPrivileges == true)
  }

  @Test func rootlessStarter() throws {
    var spec = DefaultSpec.starter()
    spec.makeRootless(uid: 1000, gid: 100)
    try spec.validate()
    let linux = try #require(spec.linux)
    #expect(linux.namespaces.map(\.type) == [.pid, .ipc, .uts, .mount, .cgroup, .user])
    #expect(linux.uidMappings == [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)])
    #expect(linux.gidMappings == [LinuxIDMapping(containerID: 0, hostID: 100, size: 1)])
    #expect(linux.resources == nil)
    #expect(spec.mounts.first { $0.destination == "/sys" }?.options.first == "rbind")
    #expect(!spec.mounts.contains { $0.options.contains { $0.hasPrefix("gid=") } })
    var twice = spec
    twice.makeRootless(uid: 1000, gid: 100)
    #expect(twice == spec)
  }

  @Test func featuresAreTrue() throws {
    let features = Features.ofThisRuntime
    // Only flags of superblocks go on to the file system: an option that nobody understands would too.
    let passedOn = try #require(features.mountOptions).filter { option in
      !MountOptions([option]).data.isEmpty
    }
    #expect(
      passedOn == [
        "async", "dirsync", "iversion", "lazytime", "mand", "noiversion", "nolazytime", "nomand", "sync",
      ])
    let seccomp = try #require(features.linux?.seccomp)
    #expect(Set(seccomp.supportedFlags ?? []).isSubset(of: seccomp.knownFlags ?? []))
    #expect(seccomp.supportedFlags?.contains("SECCOMP_FILTER_FLAG_LOG") == true)
    #expect(seccomp.archs?.contains(SeccompArchitecture.native.arch.rawValue) == true)
    #expect(features.linux?.capabilities?.first == "CAP_CHOWN")
  }
}
