import Glibc

/// A file of the host's that belongs to the container and is written before its launch, to be bound into it.
public struct NewFile: Equatable, Sendable {
  /// Absolute.
  public var path: String
  public var text: String

  public init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  private static let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW

  /// Writes the file, readable to all. One that is there is changed in place: it may be mounted somewhere.
  public func write(telling listener: KernelCallListener = .nobody) throws(Failure) {
    // The caller's mask is not to say who reads it.
    let mask = umask(0o022)
    defer { umask(mask) }
    let descriptor = open(path, Self.flags | O_CLOEXEC, 0o644)
    listener.tell(
      .openat(.current, path, UInt64(Self.flags | O_CLOEXEC), mode: 0o644),
      descriptor < 0 ? -errno : descriptor)
    if descriptor < 0 { throw Failure("write", path, errno: errno) }
    let file = OwnedFD(descriptor)
    let bytes = Array(text.utf8)
    try Files.write(bytes, to: file.raw, path)
    listener.tell(.write(.number(file.raw), startOf: bytes), bytes.count)
  }

  var foreseenCalls: [KernelCall] {
    [
      .openat(.current, path, UInt64(Self.flags | O_CLOEXEC), mode: 0o644),
      .write("filefd", startOf: Array(text.utf8)),
    ]
  }
}
