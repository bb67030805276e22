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
  /// The inode of its pidfd, which Linux 6.9 and later give to no other process; 0 for unknown. It tells apart
  /// what started within one clock tick. On older kernels all pidfds have the same one.
  public var handle: UInt64

  static let none = ProcessIdentity(pid: 0, startTime: 0, boot: "", handle: 0)

  init(pid: pid_t, startTime: UInt64, boot: String, handle: UInt64) {
    self.pid = pid
    self.startTime = startTime
    self.boot = boot
    self.handle = handle
  }

  /// Of a process that lives now.
  init(of pid: pid_t, pidfd: CInt = -1) {
    self.init(
      pid: pid, startTime: Self.status(of: pid)?.startTime ?? 0, boot: Self.currentBoot,
      handle: pidfd >= 0 ? Self.handle(of: pidfd) : 0)
  }

  init(_ node: JSONNode?) throws(SpecError) {
    guard let object = try node?.object() else {
      self = .none
      return
    }
    self.init(
      pid: try object.integer("pid") ?? 0, startTime: try object.integer("startTime") ?? 0,
      boot: try object.string("boot") ?? "", handle: try object.integer("handle") ?? 0)
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.name("pid")
      writer.integer(pid)
      writer.name("startTime")
      writer.integer(startTime)
      writer.name("boot")
      writer.string(boot)
      writer.name("handle")
      writer.integer(handle)
    }
  }

  /// A handle on the process; nil where it has ended, be it that nobody has reaped it yet.
  func open() -> LaunchedProcess? {
    guard pid > 0, boot == Self.currentBoot else { return nil }
    let pidfd = shim_pidfd_open(pid, 0)
    if pidfd < 0 { return nil }
    // Looked at once the handle is open: should the process be reaped and its number given away in between, the start
    // time or the handle's own number is another's.
    guard let status = Self.status(of: pid), status.startTime == startTime, !status.hasEnded,
      handle == 0 || handle == Self.handle(of: pidfd)
    else {
      close(pidfd)
      return nil
    }
    return LaunchedProcess(pid: pid, pidfd: pidfd)
  }

  private static func handle(of pidfd: CInt) -> UInt64 {
    var status = stat()
    return fstat(pidfd, &status) == 0 ? UInt64(status.st_ino) : 0
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
    guard let bytes = try? Files.read("/proc/" + Decimal.text(pid) + "/stat", limit: 4096),
      let close = bytes.lastIndex(of: UInt8(ascii: ")")), close + 2 < bytes.count
    else { return nil }
    // The name before the parenthesis may hold anything; the fields after it are numbers but for the first.
    let state = bytes[close + 2]
    var startTime: UInt64 = 0
    var field = 2
    for byte in bytes[(close + 1)...] {
      if byte == 0x20 {
        field += 1
      } else if field == 22, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
        startTime = startTime &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
      }
    }
    guard field > 22 else { return nil }
    return (startTime, state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"))
  }
}
