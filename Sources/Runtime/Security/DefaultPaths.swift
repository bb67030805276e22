/// The parts of proc and sysfs that a container is not shown, or not let write to, unless told otherwise:
/// the same as with Docker (its August 2026 defaults). They belong to the whole machine and no namespace
/// holds them apart.
public enum DefaultPaths {
  /// What is covered up.
  ///
  /// - Parameter cpus: the folder of the machine's processors. Those that count their throttling each have a
  ///   folder to cover, since these counts tell what other programs compute (GHSA-6fw5-f8r9-fgfm).
  public static func masked(cpus: String = "/sys/devices/system/cpu") -> [String] {
    fixed + possibleCPUs(cpus).map { "\(cpus)/cpu\($0)/thermal_throttle" }.filter(Files.exists)
  }

  /// What can be read only.
  public static let readOnly = [
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
  ]

  private static let fixed = [
    // Hardware.
    "/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware",
    // The kernel's memory, and the keys in it.
    "/proc/kcore", "/proc/keys",
    // What other programs do, and when: interrupts and power drawn are enough to guess at their secrets.
    "/proc/interrupts", "/proc/latency_stats", "/proc/sched_debug", "/proc/timer_list", "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
  ]

  /// The numbers in `possible`, a list as in `0-3,8`.
  private static func possibleCPUs(_ folder: String) -> [Int] {
    let text = String(decoding: (try? Files.read(folder + "/possible")) ?? [], as: UTF8.self)
    return text.split(whereSeparator: { $0 == "," || $0.isNewline }).flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last, last < 1 << 16 else { return [] }
      return Array(first...last)
    }
  }
}
