import CShim
import Glibc
import Runtime

/// How what a container sees differs from its image.
public struct FileChange: Equatable, Sendable {
  public enum Kind: String, Sendable {
    case added = "A"
    case changed = "C"
    case deleted = "D"
  }

  public let kind: Kind
  /// As the container sees it; need not be UTF-8.
  let path: [CChar]

  /// A line of `diff`, with a newline.
  public var line: [UInt8] {
    Array((kind.rawValue + " ").utf8) + path.map { UInt8(bitPattern: $0) } + [0x0A]
  }
}

/// Compares the upper layer of an overlay with what is below it.
///
/// Source: "whiteouts and opaque directories" in the kernel's Documentation/filesystems/overlayfs.rst.
struct FileChanges {
  /// What was made only so that something could be mounted on it, in the container's paths.
  private let mountPoints: Set<[CChar]>
  private(set) var found: [FileChange] = []

  init(mountPoints: [String]) {
    self.mountPoints = Set(mountPoints.map { $0.utf8CString.dropLast() })
  }

  /// What differs, in the order of the paths.
  static func between(upper: String, lower: String, mountPoints: [String]) throws(Failure) -> [FileChange] {
    var changes = FileChanges(mountPoints: mountPoints)
    let above = try Folder(host: upper)
    let below = try Folder(host: lower)
    try TreeCopy.withManyDescriptors { () throws(Failure) in try changes.compare(above, below, []) }
    return changes.found.sorted { one, other in
      one.path.lexicographicallyPrecedes(other.path) { UInt8(bitPattern: $0) < UInt8(bitPattern: $1) }
    }
  }

  private mutating func note(_ kind: FileChange.Kind, _ path: [CChar]) {
    found.append(FileChange(kind: kind, path: path))
  }

  private static func join(_ path: [CChar], _ name: FileName) -> [CChar] {
    path + [0x2F] + name.bytes.dropLast()
  }

  private mutating func compare(
    _ upper: borrowing Folder, _ lower: borrowing Folder, _ path: [CChar]
  ) throws(Failure) {
    let names = try upper.names()
    for name in names {
      let place = Self.join(path, name)
      guard let above = try? upper.status(name) else { continue }
      let below = try? lower.status(name)
      if above.kind == S_IFCHR && above.st_rdev == 0 {
        if below != nil { note(.deleted, place) }
        continue
      }
      guard let below else {
        try add(name, above, in: upper, place)
        continue
      }
      guard above.kind == S_IFDIR else {
        if Self.differ(above, below) { note(.changed, place) }
        continue
      }
      let count = found.count
      let folder = try upper.folder(name)
      if below.kind == S_IFDIR {
        try compare(folder, try lower.folder(name), place)
      } else {
        try addContents(of: folder, place)
      }
      if found.count > count || Self.differ(above, below) { note(.changed, place) }
    }
    if !shim_is_opaque(upper.raw) { return }
    // It hides all that is below it.
    let kept = Set(names)
    for name in try lower.names() where !kept.contains(name) { note(.deleted, Self.join(path, name)) }
  }

  /// - Returns: whether it was added, and is no mere mount point.
  @discardableResult
  private mutating func add(
    _ name: FileName, _ status: stat, in folder: borrowing Folder, _ place: [CChar]
  ) throws(Failure) -> Bool {
    let isPlace = mountPoints.contains(place)
    guard status.kind == S_IFDIR else {
      if isPlace && status.st_size == 0 { return false }
      note(.added, place)
      return true
    }
    let opened = try folder.folder(name)
    let holdsMore = try addContents(of: opened, place)
    let isAbovePlace = mountPoints.contains { $0.starts(with: place + [0x2F]) }
    if !holdsMore && (isPlace || isAbovePlace) { return false }
    note(.added, place)
    return true
  }

  @discardableResult
  private mutating func addContents(of folder: borrowing Folder, _ path: [CChar]) throws(Failure) -> Bool {
    var holdsMore = false
    for name in try folder.names() {
      guard let status = try? folder.status(name) else { continue }
      // In a folder that replaced another one, what hides nothing.
      if status.kind == S_IFCHR && status.st_rdev == 0 { continue }
      if try add(name, status, in: folder, Self.join(path, name)) { holdsMore = true }
    }
    return holdsMore
  }

  /// What was only opened for writing is no change; nor is it that a folder's content has changed.
  private static func differ(_ one: stat, _ other: stat) -> Bool {
    if one.st_mode != other.st_mode || one.st_uid != other.st_uid || one.st_gid != other.st_gid {
      return true
    }
    switch one.kind {
    case S_IFDIR: return false
    case S_IFCHR, S_IFBLK: return one.st_rdev != other.st_rdev
    default:
      return one.st_size != other.st_size || one.st_mtim.tv_sec != other.st_mtim.tv_sec
        || one.st_mtim.tv_nsec != other.st_mtim.tv_nsec
    }
  }
}
