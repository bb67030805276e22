import Runtime

/// What an entry's name says besides a name. Source: image-spec 1.1, layer.md, "Whiteouts".
enum Whiteout: Equatable {
  /// What the layers below have under this name is deleted.
  case hides([UInt8])
  /// What they have in this folder is deleted.
  case hidesAll
  /// A file of AUFS's own, which older engines have left in layers.
  case nothing

  static let prefix = Array(".wh.".utf8)
  static let ownPrefix = Array(".wh..wh.".utf8)
  static let opaque = Array(".wh..wh..opq".utf8)

  /// - Returns: nil for any other name.
  init?(_ name: [UInt8], _ path: [UInt8]) throws(Failure) {
    guard name.starts(with: Self.prefix) else { return nil }
    if name == Self.opaque {
      self = .hidesAll
    } else if name.starts(with: Self.ownPrefix) {
      self = .nothing
    } else {
      let hidden = Array(name.dropFirst(Self.prefix.count))
      if hidden.isEmpty || hidden == [0x2E] || hidden == [0x2E, 0x2E] {
        throw Failure(
          "unpack", EntryPath.text(path), reason: "a whiteout of a folder that it is in, or of nothing")
      }
      self = .hides(hidden)
    }
  }

  /// Whether a path leads into a folder of AUFS's own.
  ///
  /// - Throws: where it leads into a whiteout.
  static func areFolders(_ path: [UInt8]) throws(Failure) -> Bool {
    // Most have no such name.
    for part in path.split(separator: 0x2F) where part.first == 0x2E && part.starts(with: prefix) {
      if part.starts(with: ownPrefix) { return true }
      throw Failure("unpack", EntryPath.text(path), reason: "a whiteout is used as a folder")
    }
    return false
  }
}
