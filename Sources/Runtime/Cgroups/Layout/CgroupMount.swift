/// A line of `/proc/self/mountinfo` that mounts a cgroup hierarchy. Source: proc_pid_mountinfo(5).
struct CgroupMount: Equatable, Sendable {
  var mountPoint: String
  /// The part of the hierarchy that the mount shows.
  var root: String
  /// 1 or 2.
  var version: Int
  /// The options of the superblock: for version 1 the controllers are among them.
  var superOptions: [String]
}

extension CgroupMount {
  /// The cgroup mounts in a mount table; other lines cost a scan, but no allocation.
  static func parse(_ table: UnsafeRawBufferPointer) -> [CgroupMount] {
    var mounts: [CgroupMount] = []
    var rest = table[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      if let mount = CgroupMount(line: rest[..<end]) { mounts.append(mount) }
      rest = rest[min(end + 1, rest.endIndex)...]
    }
    return mounts
  }

  /// `ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [TAG…] - TYPE SOURCE SUPER-OPTIONS`
  private init?(line: Slice<UnsafeRawBufferPointer>) {
    guard let dash = Self.separator(in: line) else { return nil }
    var after = line[(dash + 3)...]
    guard let type = Self.field(&after) else { return nil }
    if type.elementsEqual("cgroup2".utf8) {
      version = 2
    } else if type.elementsEqual("cgroup".utf8) {
      version = 1
    } else {
      return nil
    }
    var before = line[..<dash]
    guard Self.field(&before) != nil, Self.field(&before) != nil, Self.field(&before) != nil,
      let root = Self.field(&before), let mountPoint = Self.field(&before),
      Self.field(&after) != nil, let options = Self.field(&after)
    else { return nil }
    self.root = Self.unescaped(root)
    self.mountPoint = Self.unescaped(mountPoint)
    superOptions = options.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The index of ` - `, which ends the optional tags; blanks within a field are escaped.
  private static func separator(in line: Slice<UnsafeRawBufferPointer>) -> Int? {
    var index = line.startIndex
    while index + 2 < line.endIndex {
      if line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "-"),
        line[index + 2] == UInt8(ascii: " ")
      {
        return index
      }
      index += 1
    }
    return nil
  }

  private static func field(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
    guard let start = rest.firstIndex(where: { $0 != UInt8(ascii: " ") }) else { return nil }
    let end = rest[start...].firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
    defer { rest = rest[end...] }
    return rest[start..<end]
  }

  /// Blank, tab, newline and backslash are written as `\` and three octal digits.
  private static func unescaped(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    guard field.contains(UInt8(ascii: "\\")) else { return String(decoding: field, as: UTF8.self) }
    var bytes: [UInt8] = []
    var index = field.startIndex
    while index < field.endIndex {
      if field[index] == UInt8(ascii: "\\"), index + 3 < field.endIndex {
        let digits = field[(index + 1)...(index + 3)]
        bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 &- UInt8(ascii: "0")) })
        index += 4
      } else {
        bytes.append(field[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
