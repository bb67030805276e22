import Glibc
import Runtime

/// What went through one network interface of a container.
public struct NetworkUsage: Equatable, Sendable {
  public var interface: String
  public var receivedBytes: UInt64 = 0
  public var receivedPackets: UInt64 = 0
  public var receiveErrors: UInt64 = 0
  public var receiveDrops: UInt64 = 0
  public var sentBytes: UInt64 = 0
  public var sentPackets: UInt64 = 0
  public var sendErrors: UInt64 = 0
  public var sendDrops: UInt64 = 0

  public init(interface: String) { self.interface = interface }

  /// The interfaces in a process's network namespace but its loopback; none where that is the host's own, whose
  /// traffic is not the container's.
  static func read(of pid: pid_t) -> [NetworkUsage] {
    func namespace(_ process: String) -> ino_t? {
      var status = stat()
      return stat("/proc/\(process)/ns/net", &status) == 0 ? status.st_ino : nil
    }
    guard let own = namespace("\(pid)"), own != namespace("self"),
      let bytes = try? Files.read("/proc/\(pid)/net/dev")
    else { return [] }
    return parse(String(decoding: bytes, as: UTF8.self)).filter { $0.interface != "lo" }
  }

  /// `NAME: RECEIVED … SENT …` a line, eight numbers each, below two lines of titles. Source: proc_pid_net(5).
  static func parse(_ text: String) -> [NetworkUsage] {
    text.split(separator: "\n").dropFirst(2).compactMap { line in
      guard let colon = line.lastIndex(of: ":") else { return nil }
      let numbers = line[line.index(after: colon)...].split(separator: " ").map { UInt64($0) ?? 0 }
      guard numbers.count >= 16 else { return nil }
      var usage = NetworkUsage(interface: String(line[..<colon].drop { $0 == " " }))
      (usage.receivedBytes, usage.receivedPackets) = (numbers[0], numbers[1])
      (usage.receiveErrors, usage.receiveDrops) = (numbers[2], numbers[3])
      (usage.sentBytes, usage.sentPackets) = (numbers[8], numbers[9])
      (usage.sendErrors, usage.sendDrops) = (numbers[10], numbers[11])
      return usage
    }
  }
}
