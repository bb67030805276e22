import CShim
import Glibc

@testable import Runtime

/// The other side of a log: a socket of the file system or of the loopback device.
final class Receiver {
  /// As an option has it.
  let address: String
  private var listening: CInt
  private var connection: CInt = -1
  private let isStream: Bool

  private struct Failed: Error { var errno: CInt }

  /// Close-on-exec: a child that another test starts would listen as well, until it ends.
  private static func socket(_ domain: CInt, stream: Bool) -> CInt {
    Glibc.socket(domain, CInt((stream ? SOCK_STREAM : SOCK_DGRAM).rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  /// On the loopback device; at a port of its own, or at the one given.
  init(stream: Bool, port: UInt16 = 0) throws {
    isStream = stream
    let listening = Self.socket(AF_INET, stream: stream)
    self.listening = listening
    var one: CInt = 1
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    name.sin_port = port.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(listening, name, length) == 0 && getsockname(listening, name, &length) == 0
      }
    }
    address = (stream ? "tcp" : "udp") + "://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    guard bound, !stream || listen(listening, 4) == 0 else { throw Failed(errno: errno) }
  }

  init(path: String, stream: Bool) throws {
    isStream = stream
    let listening = Self.socket(AF_UNIX, stream: stream)
    self.listening = listening
    address = "unix://" + path
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
    unlink(path)
    let bound = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listening, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard bound, !stream || listen(listening, 4) == 0 else { throw Failed(errno: errno) }
  }

  deinit { stop() }

  var port: UInt16 { UInt16(address.split(separator: ":").last!)! }

  func stop() {
    hangUp()
    if listening >= 0 {
      // Nobody listens any more, even if a child that was just forked has a copy.
      shutdown(listening, CInt(SHUT_RDWR))
      close(listening)
    }
    listening = -1
  }

  /// Ends the connection, with a reset if something was not read.
  func hangUp() {
    if connection >= 0 { close(connection) }
    connection = -1
  }

  /// What has arrived: of a stream all that is there, of datagrams the next one. Nil where there is nothing.
  func receive() -> String? {
    if isStream && connection < 0 {
      connection = shim_accept(listening)
      if connection < 0 { return nil }
    }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = recv(isStream ? connection : listening, &bytes, bytes.count, CInt(MSG_DONTWAIT))
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  func ready() -> Bool {
    var polled = pollfd(
      fd: isStream && connection >= 0 ? connection : listening, events: Int16(POLLIN), revents: 0)
    return poll(&polled, 1, 0) > 0
  }
}
