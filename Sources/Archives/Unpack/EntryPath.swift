import Glibc
import Runtime

/// Names of entries: bytes, which need not be UTF-8.
enum EntryPath {
  /// A name in its shortest form: below the layer's root, without `.` and doubled slashes; empty for the root itself.
  /// A slash at its beginning stands for the layer's root.
  ///
  /// - Throws: where `..` is in it, and where it is longer or deeper than the limits.
  static func clean(_ name: UnsafePointer<CChar>, _ limits: UnpackLimits) throws(Failure) -> [UInt8] {
    let length = strlen(name)
    if length > limits.nameLength {
      throw Failure(
        "unpack", text(UnsafeRawBufferPointer(start: name, count: length)),
        reason: "a name of \(length) bytes, longer than \(limits.nameLength)")
    }
    let bytes = UnsafeRawBufferPointer(start: name, count: length)
    var path: [UInt8] = []
    path.reserveCapacity(length)
    var depth = 0
    for part in bytes.split(separator: 0x2F) {
      if part.count == 1, part.first == 0x2E { continue }
      if part.count == 2, part.elementsEqual([0x2E, 0x2E]) {
        throw Failure("unpack", text(bytes), reason: "`..` is in its name")
      }
      if part.count > 255 {
        throw Failure(
          "unpack", text(bytes), reason: "a part of its name has \(part.count) bytes, more than 255")
      }
      depth += 1
      if !path.isEmpty { path.append(0x2F) }
      path.append(contentsOf: part)
    }
    if depth > limits.depth {
      throw Failure("unpack", text(bytes), reason: "\(depth) folders deep, more than \(limits.depth)")
    }
    return path
  }

  /// Where a path's last name begins.
  static func lastName(in path: [UInt8]) -> Int { (path.lastIndex(of: 0x2F) ?? -1) + 1 }

  /// The folder that it is in; empty for the root.
  static func parent(of path: [UInt8]) -> [UInt8] { Array(path[..<max(0, lastName(in: path) - 1)]) }

  static func join(_ folder: [UInt8], _ name: some Sequence<UInt8>) -> [UInt8] {
    folder.isEmpty ? Array(name) : folder + [0x2F] + Array(name)
  }

  /// Whether a path is below a folder.
  static func isBelow(_ path: [UInt8], _ folder: [UInt8]) -> Bool {
    folder.isEmpty
      ? !path.isEmpty : path.count > folder.count && path[folder.count] == 0x2F && path.starts(with: folder)
  }

  /// For errors: on one line, and not longer than a person reads.
  static func text(_ name: some Sequence<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: Array(name.prefix(4096)), as: UTF8.self).unicodeScalars {
      if text.unicodeScalars.count == 200 { return text + "..." }
      text.unicodeScalars.append(scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? "?" : scalar)
    }
    return text.isEmpty ? "/" : text
  }

  static func text(_ name: UnsafePointer<CChar>) -> String {
    text(UnsafeRawBufferPointer(start: name, count: strlen(name)))
  }
}

extension Sequence<UInt8> {
  /// As C wants it.
  var cName: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
