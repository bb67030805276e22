import Runtime

/// A container with everything that metrics tell of it.
public struct MeasuredContainer: Sendable {
  var id: String
  var name: String
  var image: String
  var status: ContainerStatus
  /// nil where it does not run.
  var usage: ContainerUsage?

  fileprivate var labels: MetricFamily.Labels { [("id", id), ("name", name), ("image", image)] }
  fileprivate var cpu: CgroupStats.CPU? { usage?.cgroup.cpu }
  fileprivate var memory: CgroupStats.Memory? { usage?.cgroup.memory }
}

/// All containers' metrics, as Prometheus reads them.
public enum MetricsPage {
  /// Of the containers that are there now. One that cannot be read is left out.
  public static func current(_ containers: Containers = Containers()) -> String {
    let measured = containers.all().compactMap { container -> MeasuredContainer? in
      guard let status = try? container.status() else { return nil }
      return MeasuredContainer(
        id: container.id, name: container.name, image: container.options.image, status: status,
        usage: (try? container.usage(status)) ?? nil)
    }
    return text(measured)
  }

  static func text(
    _ containers: [MeasuredContainer], version: String = RuntimeVersion.number,
    commit: String = RuntimeVersion.commit
  ) -> String {
    var build = MetricFamily("swiftainer_build_info", .gauge, "What is built, by its version and commit.")
    build.add([("version", version), ("commit", commit)], 1)
    var families = [build]
    families += [states(containers), health(containers)]
    families += figures.map { figure in
      var family = MetricFamily("swiftainer_container_" + figure.name, figure.kind, figure.help)
      for container in containers { figure.value(container).map { family.add(container.labels, $0) } }
      return family
    }
    families += devices.map { figure in
      var family = MetricFamily("swiftainer_container_" + figure.name, .counter, figure.help)
      for container in containers {
        for device in container.usage?.cgroup.blockIO ?? [] {
          let number = (name: "device", value: "\(device.major):\(device.minor)")
          family.add(container.labels + [number], Double(device[keyPath: figure.value]))
        }
      }
      return family
    }
    families += interfaces.map { figure in
      var family = MetricFamily("swiftainer_container_" + figure.name, .counter, figure.help)
      for container in containers {
        for interface in container.usage?.network ?? [] {
          let name = (name: "interface", value: interface.interface)
          family.add(container.labels + [name], Double(interface[keyPath: figure.value]))
        }
      }
      return family
    }
    return families.map(\.text).joined()
  }

  /// A sample for each state, of which one is 1: so a rule can name the state.
  private static func states(_ containers: [MeasuredContainer]) -> MetricFamily {
    var family = MetricFamily(
      "swiftainer_container_state", .gauge, "1 for the state that the container is in, 0 for the others.")
    for container in containers {
      for state in ContainerStatus.State.allCases {
        family.add(container.labels + [("state", state.rawValue)], container.status.state == state ? 1 : 0)
      }
    }
    return family
  }

  private static func health(_ containers: [MeasuredContainer]) -> MetricFamily {
    var family = MetricFamily(
      "swiftainer_container_health", .gauge,
      "1 for the health that the container has, 0 for the others; none without a health check.")
    for container in containers {
      guard let health = container.status.health else { continue }
      for status in Health.Status.allCases {
        family.add(container.labels + [("health", status.rawValue)], health.status == status ? 1 : 0)
      }
    }
    return family
  }

  private typealias Figure = (
    name: String, kind: MetricFamily.Kind, help: String, value: (MeasuredContainer) -> Double?
  )

  private static var figures: [Figure] {
    state + processor + memory + [
      ("pids", .gauge, "Processes and threads.", { $0.usage?.cgroup.pids.map { Double($0.current) } }),
      (
        "pids_limit", .gauge, "How many there may be; none where there is no limit.",
        { $0.usage?.cgroup.pids?.limit.map { Double($0) } }
      ),
    ]
  }

  private static var state: [Figure] {
    [
      (
        "start_time_seconds", .gauge, "When the container was last started, since 1970.",
        { Moment($0.status.startedAt).map { (Double($0.nanoseconds) / 1e6).rounded() / 1e3 } }
      ),
      (
        "exit_code", .gauge, "How the last run ended; none before, and while it runs.",
        { $0.status.state == .exited ? Double($0.status.exitCode) : nil }
      ),
      (
        "restarts_total", .counter, "Restarts by the policy since the last start by hand.",
        { Double($0.status.restartCount) }
      ),
      (
        "lost_log_lines_total", .counter, "Lines that the log could not take.",
        { Double($0.status.lostLogLines) }
      ),
    ]
  }

  private static var processor: [Figure] {
    [
      ("cpu_usage_seconds_total", .counter, "Processor time.", { $0.cpu.map { Double($0.usage) / 1e6 } }),
      (
        "cpu_user_seconds_total", .counter, "Processor time outside the kernel.",
        { $0.cpu.map { Double($0.user) / 1e6 } }
      ),
      (
        "cpu_system_seconds_total", .counter, "Processor time in the kernel.",
        { $0.cpu.map { Double($0.system) / 1e6 } }
      ),
      (
        "cpu_periods_total", .counter, "Periods of the quota in which it wanted to run.",
        { $0.cpu?.throttling.map { Double($0.periods) } }
      ),
      (
        "cpu_throttled_periods_total", .counter, "Periods in which it had used up its quota.",
        { $0.cpu?.throttling.map { Double($0.throttledPeriods) } }
      ),
      (
        "cpu_throttled_seconds_total", .counter, "How long it was held up by its quota.",
        { $0.cpu?.throttling.map { Double($0.throttledTime) / 1e6 } }
      ),
    ]
  }

  private static var memory: [Figure] {
    [
      (
        "memory_usage_bytes", .gauge, "Memory charged to it, the page cache included.",
        { $0.memory.map { Double($0.usage) } }
      ),
      (
        "memory_working_set_bytes", .gauge, "Memory that cannot be dropped at once.",
        { $0.memory.map { Double($0.workingSet) } }
      ),
      (
        "memory_limit_bytes", .gauge, "The memory limit; none where there is no limit.",
        { $0.memory?.limit.map { Double($0) } }
      ),
      ("memory_swap_bytes", .gauge, "Swap in use.", { $0.memory?.swapUsage.map { Double($0) } }),
      (
        "oom_kills_total", .counter, "Processes killed for want of memory in this run.",
        { $0.memory.map { Double($0.oomKills) } }
      ),
    ]
  }

  private typealias Part<Whole> = (name: String, help: String, value: KeyPath<Whole, UInt64>)

  private static var devices: [Part<CgroupStats.BlockDevice>] {
    [
      ("block_read_bytes_total", "Bytes read from block devices.", \.readBytes),
      ("block_written_bytes_total", "Bytes written to block devices.", \.writtenBytes),
      ("block_reads_total", "Reads from block devices.", \.reads),
      ("block_writes_total", "Writes to block devices.", \.writes),
    ]
  }

  private static var interfaces: [Part<NetworkUsage>] {
    [
      ("network_receive_bytes_total", "Bytes received.", \.receivedBytes),
      ("network_receive_packets_total", "Packets received.", \.receivedPackets),
      ("network_receive_errors_total", "Errors at receiving.", \.receiveErrors),
      ("network_receive_drops_total", "Packets received and dropped.", \.receiveDrops),
      ("network_transmit_bytes_total", "Bytes sent.", \.sentBytes),
      ("network_transmit_packets_total", "Packets sent.", \.sentPackets),
      ("network_transmit_errors_total", "Errors at sending.", \.sendErrors),
      ("network_transmit_drops_total", "Packets to be sent and dropped.", \.sendDrops),
    ]
  }
}
