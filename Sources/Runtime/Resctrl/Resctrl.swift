import OCISpec

/// The file system through which the kernel shares out caches and memory bandwidth: where it is, or why it is not.
///
/// Source: Documentation/filesystems/resctrl.rst.
enum Resctrl {
  /// Folders at the root of the file system, and of each group, that are no groups.
  static let ownFolders = ["info", "mon_groups", "mon_data"]

  /// Where the file system is mounted as a whole.
  ///
  /// - Parameter root: a folder that stands for `/`, for tests.
  /// - Throws: `SpecError` naming `linux.intelRdt`, with what is missing and what to do about it.
  static func mountPoint(root: String = "") throws -> String {
    let table = try CgroupFile.withBytes(of: root + "/proc/self/mountinfo") { mountPoint(in: $0) }
    if let table { return table }
    throw missing(
      fileSystems: text(root + "/proc/filesystems"), processor: text(root + "/proc/cpuinfo"))
  }

  /// The first line that mounts it, in a table such as `/proc/self/mountinfo`.
  static func mountPoint(in table: UnsafeRawBufferPointer) -> String? {
    let blank = UInt8(ascii: " ")
    var lines = ByteScanner(table)
    while !lines.isAtEnd {
      var fields = ByteScanner(lines.next(until: UInt8(ascii: "\n")))
      for _ in 0..<3 { _ = fields.next(until: blank) }
      let shown = fields.next(until: blank)
      let point = fields.next(until: blank)
      while !fields.isAtEnd, !fields.next(until: blank).equals("-") {}
      // A mount of one group alone would take groups made in it for classes of service.
      if fields.next(until: blank).equals("resctrl"), shown.equals("/") { return point.unescapedPath }
    }
    return nil
  }

  /// The kernel knows the file system only on machines whose processor has something to share out.
  static func missing(fileSystems: String, processor: String) -> SpecError {
    if words(of: fileSystems).contains("resctrl") {
      return SpecError(
        "linux.intelRdt", "no resctrl file system is mounted",
        hint: "mount -t resctrl resctrl /sys/fs/resctrl")
    }
    let flags = words(
      of: processor.split(separator: "\n").first { $0.hasPrefix("flags") }.map(String.init) ?? "")
    if flags.contains(where: { ["rdt_a", "cat_l3", "cat_l2", "mba", "cqm"].contains($0) }) {
      return SpecError(
        "linux.intelRdt", "this kernel has no resctrl, though the processor has what it is for",
        hint: "build it with CONFIG_X86_CPU_RESCTRL, and start it without rdt= switching all of it off")
    }
    return SpecError(
      "linux.intelRdt", "this machine has no resctrl: its processor shares out neither cache nor bandwidth",
      hint: "/proc/cpuinfo lists no rdt_a; leave the field out here")
  }

  private static func words(of text: String) -> [Substring] {
    text.split { $0 == " " || $0 == "\n" || $0 == "\t" }
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? Files.read(path)) ?? [], as: UTF8.self)
  }
}
