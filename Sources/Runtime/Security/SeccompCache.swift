import CSeccomp
import Glibc
import OCISpec

/// Compiled filters kept in files, by the configuration text they were compiled from.
///
/// Compiling an engine's default profile takes milliseconds and decoding its text nearly one, while engines
/// send the very same text with every container. See docs/design/0003-seccomp-cache.md.
///
/// A cache can only ever save time: a file that is missing, torn, foreign or stale counts as absent, and
/// where nothing can be written everything works as without a cache.
public struct SeccompCache: Sendable {
  /// The folder, made when first needed with mode 0700; its parent must exist.
  public let folder: String
  /// How many filters are kept; the ones written first go first.
  public let capacity: Int

  public init(folder: String, capacity: Int = 64) {
    self.folder = folder
    self.capacity = capacity
  }

  /// The filter of `linux.seccomp` as it was read. Throws what decoding and compiling throw.
  public func filter(for section: SeccompSection) throws -> SeccompFilter {
    try filter(for: section.source) { try section.decoded() }
  }

  /// The filter for a text, compiled only where the same text was not compiled before.
  ///
  /// - Parameters:
  ///   - source: the text, compared byte for byte; where it is empty nothing is cached.
  ///   - decode: makes the text's value; called only when it has to be compiled.
  public func filter(for source: [UInt8], decode: () throws -> LinuxSeccomp) throws -> SeccompFilter {
    guard !source.isEmpty else { return try SeccompFilter(compiling: decode()) }
    let name = Self.fileName(for: source)
    let identity = Self.identity
    if let file = read(name), let filter = SeccompCacheFile.decode(file, source: source, identity: identity) {
      return filter
    }
    let filter = try SeccompFilter(compiling: decode())
    write(SeccompCacheFile.encode(filter, source: source, identity: identity), as: name)
    return filter
  }

  /// A file's name says where to look, not what is found: two texts of one name only displace each other.
  static func fileName(for source: [UInt8]) -> String {
    let digits = String(source.withUnsafeBytes { SeccompCacheFile.hash($0) }, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// All that decides what a text compiles to, beside the text.
  static var identity: [UInt8] {
    var system = utsname()
    uname(&system)
    let release = withUnsafeBytes(of: &system.release) { bytes in Array(bytes.prefix { $0 != 0 }) }
    let version = seccomp_version()?.pointee ?? scmp_version(major: 0, minor: 0, micro: 0)
    var identity: [UInt8] = []
    for part in [SeccompFilter.revision, seccomp_arch_native(), version.major, version.minor, version.micro] {
      withUnsafeBytes(of: part) { identity.append(contentsOf: $0) }
    }
    return identity + release
  }

  /// The bytes of a file of ours, or `nil`: one open, one look, one read.
  private func read(_ name: String) -> [UInt8]? {
    // Not blocking, so that a pipe put there cannot hold anybody up.
    let file = open(folder + "/" + name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, Self.isOurs(status, kind: S_IFREG), status.st_nlink == 1,
      (1...SeccompCacheFile.maximumSize).contains(Int(status.st_size))
    else { return nil }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let step = Glibc.read(file, buffer.baseAddress! + count, size - count)
        guard step > 0 else { break }
        count += step
      }
    }
    return bytes.count == size ? bytes : nil
  }

  /// Whether something is of the kind expected, belongs to us and is closed to everybody else.
  static func isOurs(_ status: stat, kind: mode_t) -> Bool {
    status.st_mode & S_IFMT == kind && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
  }
}
