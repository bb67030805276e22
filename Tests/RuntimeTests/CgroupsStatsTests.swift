import Testing

@testable import Runtime

@Suite struct CgroupsStatsTests {
  @Test func flatFields() {
    #expect(
      CgroupFields.flat("usage_usec 12\nuser_usec 3\nbroken\nnot_a_number x\n") == [
        "usage_usec": 12, "user_usec": 3,
      ])
  }

  @Test(
    arguments: [
      ("max\n", nil), ("-1\n", nil), ("9223372036854771712\n", nil), ("9223372036854775807\n", nil),
      ("0\n", 0),
      ("4096\n", 4096),
    ] as [(String, UInt64?)])
  func limits(text: String, expected: UInt64?) {
    #expect(CgroupFields.limit(text) == expected)
  }

  @Test func blockDevicesOfCgroup2() {
    var device = CgroupStats.BlockDevice(major: 8, minor: 16)
    device.readBytes = 1_459_200
    device.writtenBytes = 314_773_504
    device.reads = 192
    device.writes = 353
    #expect(
      CgroupFields.blockDevices(
        "8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n8:0 \nx\n")
        == [device, CgroupStats.BlockDevice(major: 8, minor: 0)])
  }

  @Test func blockDevicesOfCgroup1() {
    var disk = CgroupStats.BlockDevice(major: 254, minor: 0)
    disk.readBytes = 10
    disk.writtenBytes = 20
    disk.writes = 2
    var other = CgroupStats.BlockDevice(major: 7, minor: 1)
    other.discards = 4
    #expect(
      CgroupFields.blockDevices(
        legacyBytes: "254:0 Read 10\n254:0 Write 20\n254:0 Sync 30\n254:0 Total 30\nTotal 30\n",
        legacyOperations: "254:0 Write 2\n7:1 Discard 4\n") == [disk, other])
  }

  @Test func pressure() {
    let line = CgroupStats.Pressure.Line(average10: 1.5, average60: 0.25, average300: 0, total: 77)
    #expect(
      CgroupFields.pressure(
        "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
        == CgroupStats.Pressure(
          some: line, full: .init(average10: 0, average60: 0, average300: 0, total: 0)))
    #expect(CgroupFields.pressure("some avg10=1.50 avg60=0.25 avg300=0.00 total=77\n")?.full == nil)
    #expect(CgroupFields.pressure("nonsense\n") == nil)
  }

  @Test func theWorkingSetLeavesOutTheInactivePageCache() {
    var memory = CgroupStats.Memory(usage: 100, details: ["inactive_file": 30])
    #expect(memory.workingSet == 70)
    memory.details["total_inactive_file"] = 40
    #expect(memory.workingSet == 60)
    memory.details["total_inactive_file"] = 101
    #expect(memory.workingSet == 0)
  }
}
