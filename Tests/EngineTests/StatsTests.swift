import Runtime
import Testing

@testable import Engine

@Suite struct StatsTests {
  @Test(arguments: [(0, "0.00%"), (0.006, "0.01%"), (50.126, "50.13%"), (200, "200.00%")])
  func percents(value: Double, text: String) { #expect(Percent.text(value) == text) }

  @Test func hostTime() {
    let text = """
      cpu  100 20 30 4000 50 6 7 8 90 10
      cpu0 50 10 15 2000 25 3 3 4 45 5
      cpu1 50 10 15 2000 25 3 4 4 45 5
      intr 1 2 3
      cpufreq 9
      """
    // Stolen time and guests are not in it.
    #expect(HostUsage.parse(stat: text).ticks == 4213)
    #expect(HostUsage.parse(stat: text).processors == 2)
  }

  @Test func hostMemory() {
    #expect(HostUsage.parse(memory: "MemTotal:       16384 kB\nMemFree: 1 kB\n") == 16_777_216)
    #expect(HostUsage.parse(memory: "") == 0)
  }

  @Test func networkInterfaces() {
    let text = """
      Inter-|   Receive                                                |  Transmit
       face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
          lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
        eth0:    2048      20    3    4    0     0          0         0     4096      40    5    6    0     0       0          0
      eth0:1:       7       1    0    0    0     0          0         0        8       1    0    0    0     0       0          0
      broken
      """
    let interfaces = NetworkUsage.parse(text)
    #expect(interfaces.map(\.interface) == ["lo", "eth0", "eth0:1"])
    var second = NetworkUsage(interface: "eth0")
    (second.receivedBytes, second.receivedPackets, second.receiveErrors, second.receiveDrops) = (
      2048, 20, 3, 4
    )
    (second.sentBytes, second.sentPackets, second.sendErrors, second.sendDrops) = (4096, 40, 5, 6)
    #expect(interfaces[1] == second)
  }

  private func usage(microseconds: UInt64, memory: CgroupStats.Memory? = nil) -> ContainerUsage {
    var stats = CgroupStats()
    stats.cpu = CgroupStats.CPU(usage: microseconds, user: 0, system: 0)
    stats.memory = memory
    stats.pids = CgroupStats.Pids(current: 3)
    return ContainerUsage(cgroup: stats, network: [])
  }

  private func host(seconds: UInt64, memory: UInt64 = 1 << 30) -> HostUsage {
    HostUsage(processorTime: seconds * 1_000_000_000, processors: 4, memory: memory)
  }

  @Test func processorPercentIsOfOneProcessor() {
    // Four processors have four seconds in one; the container had half a second of them.
    let figures = StatsFigures(
      before: (usage(microseconds: 1_000_000), host(seconds: 100)),
      now: (usage(microseconds: 1_500_000), host(seconds: 104)))
    #expect(figures.processorPercent == 50)
    #expect(figures.pids == 3)
  }

  @Test func processorPercentWithoutABefore() {
    let now = (usage(microseconds: 5), host(seconds: 1))
    #expect(StatsFigures(before: nil, now: now).processorPercent == 0)
    // It was started anew in between.
    let before = (usage(microseconds: 9), host(seconds: 0))
    #expect(StatsFigures(before: before, now: now).processorPercent == 0)
    // No time has passed.
    #expect(StatsFigures(before: now, now: now).processorPercent == 0)
  }

  @Test func memoryIsWithoutInactiveFilesAndOfTheSmallerLimit() {
    let memory = CgroupStats.Memory(
      usage: 300, limit: 1000, details: ["inactive_file": 1, "total_inactive_file": 100])
    let limited = StatsFigures(before: nil, now: (usage(microseconds: 0, memory: memory), host(seconds: 1)))
    #expect((limited.memory, limited.memoryLimit, limited.memoryPercent) == (200, 1000, 20))
    let small = StatsFigures(
      before: nil, now: (usage(microseconds: 0, memory: memory), host(seconds: 1, memory: 500)))
    #expect((small.memoryLimit, small.memoryPercent) == (500, 40))
    var unlimited = memory
    unlimited.limit = nil
    let machine = StatsFigures(
      before: nil, now: (usage(microseconds: 0, memory: unlimited), host(seconds: 1)))
    #expect(machine.memoryLimit == 1 << 30)
  }

  @Test func columnsOfTop() {
    let lines: [Substring] = ["UID  PID CMD", "root   7 sleep  10", "a-name-of-21-letters-x 8 sh"]
    let text = """
      UID                      PID                 CMD
      root                     7                   sleep  10
      a-name-of-21-letters-x   8                   sh

      """
    #expect(TopTable.text(lines) == text)
    #expect(TopTable.text([]).isEmpty)
  }

  @Test func sumsOfInterfacesAndDevices() {
    var stats = CgroupStats()
    var one = CgroupStats.BlockDevice(major: 8, minor: 0)
    var other = CgroupStats.BlockDevice(major: 8, minor: 16)
    (one.readBytes, one.writtenBytes, other.readBytes) = (10, 20, 5)
    stats.blockIO = [one, other]
    var first = NetworkUsage(interface: "eth0")
    var second = NetworkUsage(interface: "eth1")
    (first.receivedBytes, first.sentBytes, second.sentBytes) = (7, 8, 9)
    let figures = StatsFigures(
      before: nil, now: (ContainerUsage(cgroup: stats, network: [first, second]), host(seconds: 1)))
    #expect((figures.read, figures.written, figures.received, figures.sent) == (15, 20, 7, 17))
  }
}
