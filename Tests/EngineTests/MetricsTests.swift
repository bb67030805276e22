import Runtime
import Testing

@testable import Engine

@Suite struct MetricsTests {
  @Test(arguments: [
    (1, "1"), (0.25, "0.25"), (9_007_199_254_740_991, "9007199254740991"), (1.5e-7, "1.5e-07"),
  ])
  func values(value: Double, text: String) { #expect(MetricFamily.text(value) == text) }

  @Test func labelsAreEscaped() {
    var family = MetricFamily("name", .gauge, "Help.")
    family.add([("one", "a\\b\"c\nd"), ("two", "é")], 2)
    #expect(
      family.text == "# HELP name Help.\n# TYPE name gauge\nname{one=\"a\\\\b\\\"c\\nd\",two=\"é\"} 2\n")
  }

  @Test func aMetricWithoutSamplesIsNotThere() {
    #expect(MetricFamily("name", .counter, "Help.").text.isEmpty)
  }

  private var container: MeasuredContainer {
    var stats = CgroupStats()
    stats.cpu = CgroupStats.CPU(
      usage: 1_500_000, user: 1_000_000, system: 500_000,
      throttling: CgroupStats.Throttling(periods: 10, throttledPeriods: 4, throttledTime: 250_000))
    stats.memory = CgroupStats.Memory(
      usage: 300, limit: 1000, swapUsage: 5, oomKills: 2, details: ["inactive_file": 100])
    stats.pids = CgroupStats.Pids(current: 3)
    var device = CgroupStats.BlockDevice(major: 8, minor: 16)
    device.writtenBytes = 4096
    stats.blockIO = [device]
    var interface = NetworkUsage(interface: "eth0")
    interface.sendErrors = 6
    var status = ContainerStatus()
    status.state = .running
    status.startedAt = "2026-01-02T03:04:05.678901234Z"
    status.restartCount = 7
    status.lostLogLines = 8
    var health = Health()
    health.status = .unhealthy
    status.health = health
    return MeasuredContainer(
      id: "abc", name: "one", image: "box", status: status,
      usage: ContainerUsage(cgroup: stats, network: [interface]))
  }

  private func page(_ containers: [MeasuredContainer]) -> [String] {
    MetricsPage.text(containers, version: "1.2", commit: "fed").split(separator: "\n").map(String.init)
  }

  private let labels = #"id="abc",name="one",image="box""#

  @Test(arguments: [
    ("cpu_usage_seconds_total", "", "1.5"), ("cpu_user_seconds_total", "", "1"),
    ("cpu_system_seconds_total", "", "0.5"), ("cpu_periods_total", "", "10"),
    ("cpu_throttled_periods_total", "", "4"), ("cpu_throttled_seconds_total", "", "0.25"),
    ("memory_usage_bytes", "", "300"), ("memory_working_set_bytes", "", "200"),
    ("memory_limit_bytes", "", "1000"), ("memory_swap_bytes", "", "5"), ("oom_kills_total", "", "2"),
    ("pids", "", "3"), ("restarts_total", "", "7"), ("lost_log_lines_total", "", "8"),
    ("start_time_seconds", "", "1767323045.679"),
    ("state", #",state="running""#, "1"), ("state", #",state="exited""#, "0"),
    ("health", #",health="unhealthy""#, "1"), ("health", #",health="healthy""#, "0"),
    ("block_written_bytes_total", #",device="8:16""#, "4096"),
    ("network_transmit_errors_total", #",interface="eth0""#, "6"),
  ])
  func samples(name: String, more: String, value: String) {
    #expect(page([container]).contains("swiftainer_container_\(name){\(labels)\(more)} \(value)"))
  }

  @Test func whatIsNotKnownIsNotTold() {
    let lines = page([container])
    // There is no limit of processes, and the container runs.
    for name in ["pids_limit", "exit_code"] { #expect(!lines.contains { $0.contains("container_\(name)") }) }
  }

  @Test func ended() {
    var ended = container
    ended.usage = nil
    ended.status.state = .exited
    ended.status.exitCode = 137
    let lines = page([ended])
    #expect(lines.contains("swiftainer_container_exit_code{\(labels)} 137"))
    #expect(!lines.contains { $0.contains("_bytes") || $0.contains("_cpu_") })
  }

  @Test func eachMetricStandsTogether() {
    var other = container
    other.id = "def"
    let names = page([container, other]).filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != "{" } }
    let blocks = names.indices.filter { $0 == 0 || names[$0] != names[$0 - 1] }.map { names[$0] }
    #expect(Set(blocks).count == blocks.count)
  }

  @Test func build() {
    let lines = page([])
    #expect(lines.last == #"swiftainer_build_info{version="1.2",commit="fed"} 1"#)
    #expect(lines.count == 3)
  }
}
