import CShim
import Glibc

/// A socket that keeps messages whole: between a monitor and one client. The corresponding C type is
/// `SOCK_SEQPACKET` of `AF_UNIX`.
public struct PacketSocket: ~Copyable {
  let end: OwnedFD

  public init(_ end: consuming OwnedFD) { self.end = end }

  public var raw: CInt { end.raw }

  /// The two ends of a new connection, close-on-exec; both are the caller's to close.
  public static func pair() throws(Failure) -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    if socketpair(AF_UNIX, kind, 0, &ends) != 0 { throw Failure("make a socket pair", errno: errno) }
    return (ends[0], ends[1])
  }

  public enum Received {
    case message(MonitorMessage)
    /// The other end is closed.
    case end
    /// Nothing is there yet; only where one does not wait.
    case nothing
  }

  /// The next message. A packet that is no message is skipped.
  public func receive(waits: Bool = true) throws(Failure) -> Received {
    while true {
      var got = 0
      let packet = [UInt8](unsafeUninitializedCapacity: MonitorMessage.limit) { buffer, count in
        got = recv(raw, buffer.baseAddress, buffer.count, waits ? 0 : CInt(MSG_DONTWAIT))
        count = max(0, got)
      }
      if got == 0 { return .end }
      if got < 0 {
        // Reset: the other end went without having read all. What it said before is still there to be read.
        if errno == EINTR || errno == ECONNRESET { continue }
        if errno == EAGAIN { return .nothing }
        throw Failure("hear from the monitor", errno: errno)
      }
      if let message = MonitorMessage(packet[...]) { return .message(message) }
    }
  }

  public enum Sent { case done, full, closed }

  /// Sends a message.
  ///
  /// - Parameter waits: for room in the other's buffer.
  @discardableResult
  public func send(_ message: MonitorMessage, waits: Bool = true) -> Sent {
    send(message.bytes, waits: waits)
  }

  @discardableResult
  func send(_ packet: [UInt8], waits: Bool) -> Sent {
    let flags = CInt(MSG_NOSIGNAL) | (waits ? 0 : CInt(MSG_DONTWAIT))
    while true {
      if Glibc.send(raw, packet, packet.count, flags) >= 0 { return .done }
      if errno == EINTR { continue }
      return errno == EAGAIN || errno == ENOBUFS ? .full : .closed
    }
  }
}

extension PacketSocket {
  /// Has the kernel take whatever is sent from now on: it keeps that for the other end, also when this process is gone.
  /// Without `CAP_NET_ADMIN` it takes what the machine allows (`net.core.wmem_max`). Source: `SO_SNDBUFFORCE` in
  /// socket(7).
  func liftLimit() {
    var most = CInt.max
    let size = socklen_t(MemoryLayout<CInt>.size)
    if setsockopt(raw, SOL_SOCKET, SO_SNDBUFFORCE, &most, size) != 0 {
      _ = setsockopt(raw, SOL_SOCKET, SO_SNDBUF, &most, size)
    }
  }
}

/// Unix sockets in the file system, however long their paths are: an address ends at 107 bytes.
public enum SocketFile {
  /// Calls with an address that leads to the path.
  private static func withAddress(
    _ path: String, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt
  ) throws(Failure) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let folder = openat(AT_FDCWD, String(path[..<slash]), KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { throw Failure("open", String(path[..<slash]), errno: errno) }
    defer { close(folder) }
    let short = Array("/proc/self/fd/\(folder)/\(path[path.index(after: slash)...])".utf8)
    guard short.count < 108 else { throw Failure("use socket", path, errno: ENAMETOOLONG) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, size) }
    }
    if result != 0 { throw Failure("use socket", path, errno: errno) }
  }

  private static func make() throws(Failure) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw Failure("make a socket", errno: errno) }
    return descriptor
  }

  /// Listens at a path; whatever was there is replaced.
  static func listen(_ path: String) throws(Failure) -> OwnedFD {
    let descriptor = OwnedFD(try make())
    unlink(path)
    let raw = descriptor.raw
    try withAddress(path) { address, size in
      Glibc.bind(raw, address, size) == 0 ? Glibc.listen(raw, 64) : -1
    }
    _ = fcntl(raw, F_SETFL, O_NONBLOCK)
    return descriptor
  }

  /// Connects to who listens there; the descriptor is the caller's to close.
  public static func open(_ path: String) throws(Failure) -> CInt {
    let descriptor = try make()
    do {
      try withAddress(path) { address, size in Glibc.connect(descriptor, address, size) }
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }
}
