import CShim
import Glibc
import OCISpec

/// A process that can be told from a later one with the same number: number, start time and boot.
public struct ProcessIdentity: Sendable, Equatable {
  public var pid: pid_t
  /// Clock ticks since boot. Source: proc_pid_stat(5), field 22.
  public var startTime: UInt64
  /// `/proc/sys/kernel/random/boot_id`.
  public var boot: String

  static let none = ProcessIdentity(pid: 0, startTime: 0, boot: "")

  init(pid: pid_t, startTime: UInt64, boot: String) {
    self.pid = pid
    self.startTime = startTime
    self.boot = boot
  }

  /// Of a process that lives now.
  init(of pid: pid_t) {
    self.init(pid: pid, startTime: Self.status(of: pid)?.startTime ?? 0, boot: Self.currentBoot)
  }

  init(_ node: JSONNode?) throws(SpecError) {
    guard let object = try node?.object() else {
      self = .none
      return
    }
    self.init(
      pid: try object.integer("pid") ?? 0, startTime: try object.integer("startTime") ?? 0,
      boot: try object.string("boot") ?? "")
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.name("pid")
      writer.integer(pid)
      writer.name("startTime")
      writer.integer(startTime)
      writer.name("boot")
      writer.string(boot)
    }
  }

  /// A handle on the process; nil where it has ended, be it that nobody has reaped it yet.
  func open() -> LaunchedProcess? {
    guard pid > 0, boot == Self.currentBoot else { return nil }
    let pidfd = shim_pidfd_open(pid, 0)
    if pidfd < 0 { return nil }
    // Looked at once the handle holds the number: from here on it cannot be another's.
    guard let status = Self.status(of: pid), status.startTime == startTime, !status.hasEnded else {
      close(pidfd)
      return nil
    }
    return LaunchedProcess(pid: pid, pidfd: pidfd)
  }

  var isAlive: Bool {
    guard let process = open() else { return false }
    close(process.pidfd)
    return true
  }

  static let currentBoot: String = {
    guard let bytes = try? Files.read("/proc/sys/kernel/random/boot_id", limit: 100) else { return "" }
    return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
  }()

  private static func status(of pid: pid_t) -> (startTime: UInt64, hasEnded: Bool)? {
    guard let bytes = try? Files.read("/proc/\(pid)/stat", limit: 4096),
      let close = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    // The name before the parenthesis may hold anything; the fields after it are numbers but for the first.
    let fields = bytes[(close + 1)...].split(separator: 0x20)
    guard fields.count > 19, let state = fields[0].first else { return nil }
    let startTime = UInt64(String(decoding: fields[19], as: UTF8.self)) ?? 0
    return (startTime, state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"))
  }
}
