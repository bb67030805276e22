import OCISpec

/// The home of a user, as the container's own passwd file has it: for HOME, where the configuration sets none.
enum HomeFolder {
  /// - Parameter rootfs: asked only where the process has no HOME of its own.
  static func find(
    for process: OCISpec.Process, in rootfs: @autoclosure () throws -> String
  ) rethrows -> String {
    if process.env.contains(where: { $0.hasPrefix("HOME=") }) { return "/" }
    return find(uid: process.user.uid, rootfs: try rootfs())
  }

  private static func find(uid: UInt32, rootfs: String) -> String {
    guard let bytes = RootFile.read("etc/passwd", in: rootfs) else { return "/" }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count >= 6, UInt32(String(decoding: fields[2], as: UTF8.self)) == uid else { continue }
      let home = String(decoding: fields[5], as: UTF8.self)
      return home.isEmpty ? "/" : home
    }
    return "/"
  }
}
