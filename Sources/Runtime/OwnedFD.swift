import Glibc

/// A file descriptor with one owner, closed when the owner ends. The corresponding C function is `close`.
public struct OwnedFD: ~Copyable, Sendable {
  /// The descriptor's number; valid as long as this value lives.
  public let raw: CInt

  /// Takes the ownership of an open descriptor.
  public init(_ raw: CInt) { self.raw = raw }

  deinit { if raw >= 0 { close(raw) } }
}
