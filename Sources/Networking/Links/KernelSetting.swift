import Glibc
import Runtime

/// A parameter of the kernel below /proc/sys/net. It is the one of the network namespace that this process is in.
struct KernelSetting {
  /// `ipv4/ip_forward`.
  let path: String

  init(_ path: String) { self.path = path }

  /// A device's parameter.
  ///
  /// - Parameter family: `ipv4` or `ipv6`.
  static func device(_ device: String, _ family: String, _ name: String) -> KernelSetting {
    KernelSetting("\(family)/conf/\(device)/\(name)")
  }

  private var file: String { "/proc/sys/net/" + path }

  /// As sysctl(8) is given it: `net.ipv4.ip_forward=1`. A dot in a device's name becomes a slash.
  func assignment(_ value: String) -> String {
    let parts = path.split(separator: "/").map { part in String(part.map { $0 == "." ? "/" : $0 }) }
    return "net." + parts.joined(separator: ".") + "=" + value
  }

  /// Without its end of line; nil where the kernel has no such parameter.
  ///
  /// - Throws: `Failure` naming the file.
  func read(telling listener: KernelCallListener) throws -> String? {
    do {
      let file = try open(O_RDONLY, "O_RDONLY|O_CLOEXEC", listener)
      let bytes = try Files.read(file.raw, self.file)
      return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    } catch {
      if error.errno == ENOENT { return nil }
      throw error
    }
  }

  /// - Throws: `Failure` naming the file.
  func set(_ value: String, telling listener: KernelCallListener) throws {
    let file = try open(O_WRONLY, "O_WRONLY|O_CLOEXEC", listener)
    var text = value
    let result = text.withUTF8 { bytes in
      let written = write(file.raw, bytes.baseAddress, bytes.count)
      return written < 0 ? -Int(errno) : written
    }
    listener.tell(
      KernelCall("write", [String(file.raw), KernelCall.quote(value), String(value.utf8.count)]), result)
    if result < 0 { throw Failure("write \(value) to", self.file, errno: CInt(-result)) }
  }

  private func open(_ flags: CInt, _ words: String, _ listener: KernelCallListener) throws(Failure) -> OwnedFD
  {
    let call = { KernelCall("openat", ["AT_FDCWD", KernelCall.quote(file), words]) }
    do {
      let opened = try Files.open(file, flags)
      listener.tell(call(), opened.raw)
      return opened
    } catch {
      listener.tell(call(), -(error.errno ?? EIO))
      throw error
    }
  }
}
