import CShim
import Glibc

/// The Unix sockets over which engines are sent descriptors.
enum ConsoleSocket {
  /// Connects to a socket however long its path is.
  static func connect(_ path: String, telling listener: KernelCallListener = .nobody) throws(Failure) -> CInt
  {
    let absolute = Files.absolute(path)
    let slash = absolute.lastIndex(of: "/")!
    let folder = slash == absolute.startIndex ? "/" : String(absolute[..<slash])
    let handle = openat(AT_FDCWD, folder, KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
    if handle < 0 {
      let code = errno
      let flags = UInt64(KernelFlags.path | O_DIRECTORY | O_CLOEXEC)
      listener.tell(.openat(.current, folder, flags), -code)
      throw Failure("connect to", path, errno: code)
    }
    defer { close(handle) }
    // The address of a Unix socket ends at 107 bytes.
    let short = "/proc/self/fd/\(handle)/" + absolute[absolute.index(after: slash)...]
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw Failure("connect to", path, errno: errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(short.utf8)
    guard bytes.count < 108 else {
      close(descriptor)
      throw Failure("connect to", path, errno: ENAMETOOLONG)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
    }
    listener.tell(.connect(.number(descriptor), short), result < 0 ? -errno : 0)
    if result != 0 {
      let code = errno
      close(descriptor)
      throw Failure("connect to", path, errno: code)
    }
    return descriptor
  }

  /// Sends a descriptor with its name.
  static func send(
    _ descriptor: CInt, name: String, over socket: CInt, telling listener: KernelCallListener = .nobody
  ) throws(Failure) {
    let bytes = Array(name.utf8)
    var passed = descriptor
    let sent = shim_send_descriptors(socket, bytes, bytes.count, &passed, 1)
    listener.tell(.sendmsg(.number(socket), bytes, passing: .number(descriptor)), sent)
    if sent < 0 { throw Failure("hand over \(name)", errno: CInt(-sent)) }
  }

  static func sendPidfd(_ pidfd: CInt, to path: String, telling listener: KernelCallListener) throws(Failure)
  {
    let socket = OwnedFD(try connect(path, telling: listener))
    try send(pidfd, name: "pidfd", over: socket.raw, telling: listener)
  }
}
