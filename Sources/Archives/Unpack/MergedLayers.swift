import CShim
import Glibc
import Runtime

/// Layers as an overlay of them would show them, without a mount. Source: the kernel's
/// Documentation/filesystems/overlayfs.rst.
final class MergedLayers {
  /// A folder of one layer.
  final class Handle {
    private let opened: OwnedFD
    /// 0 is the top layer.
    let layer: Int
    var raw: CInt { opened.raw }

    init(_ opened: consuming OwnedFD, layer: Int) {
      self.opened = opened
      self.layer = layer
    }
  }

  /// What is seen under a name.
  enum Found {
    case nothing
    /// The folders that are merged there, the top one first.
    case folder([Handle])
    /// Anything else, and the folder that it is in.
    case other(Handle, stat)
  }

  /// The top layer, which is being made.
  let root: Handle
  /// Those below it, the top one first.
  let lowers: [Handle]

  /// - Parameter top: a folder's descriptor; it is duplicated.
  init(_ top: CInt, _ lowers: [String]) throws(Failure) {
    // A folder may be in each of them, and so may the one that it is in.
    DescriptorLimit.allow(4 * lowers.count + 256)
    root = Handle(try Files.open(".", O_RDONLY | O_DIRECTORY, in: top), layer: 0)
    var handles: [Handle] = []
    for (index, path) in lowers.enumerated() {
      handles.append(Handle(try Files.open(path, O_RDONLY | O_DIRECTORY), layer: index + 1))
    }
    self.lowers = handles
  }

  /// Opens a folder in a folder; a link is refused.
  func open(_ folder: Handle, _ name: [UInt8], _ path: [UInt8]) throws(Failure) -> Handle {
    let opened = openat(folder.raw, name.cName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    if opened < 0 { throw Failure("open", EntryPath.text(path), errno: errno) }
    return Handle(OwnedFD(opened), layer: folder.layer)
  }

  /// What is seen under a name in folders that are merged.
  func look(_ name: [UInt8], in folders: [Handle], _ path: [UInt8]) throws(Failure) -> Found {
    var found: [Handle] = []
    for folder in folders {
      var status = stat()
      if fstatat(folder.raw, name.cName, &status, AT_SYMLINK_NOFOLLOW) != 0 {
        if errno == ENOENT { continue }
        throw Failure("look at", EntryPath.text(path), errno: errno)
      }
      if LayerTree.isWhiteout(status) { break }
      if status.st_mode & S_IFMT != S_IFDIR {
        if found.isEmpty { return .other(folder, status) }
        break
      }
      found.append(try open(folder, name, path))
      if shim_is_opaque(found.last!.raw) { break }
    }
    return found.isEmpty ? .nothing : .folder(found)
  }

  /// The folders that are merged at a path without links; empty where none is there.
  func folders(_ path: [UInt8]) throws(Failure) -> [Handle] {
    var here = [root] + lowers
    for name in path.split(separator: 0x2F) {
      guard case .folder(let next) = try look(Array(name), in: here, path) else { return [] }
      here = next
    }
    return here
  }

  /// What a path leads to; links of folders on the way are followed as below this root, the last name is not.
  ///
  /// - Returns: its path without links as well.
  func resolve(_ path: [UInt8]) throws(Failure) -> (found: Found, path: [UInt8]) {
    var todo = path.split(separator: 0x2F).reversed().map(Array.init)
    var here = [root] + lowers
    var done: [UInt8] = []
    var (links, steps) = (0, 0)
    while let name = todo.popLast() {
      steps += 1
      if steps > 5000 { throw Failure("follow", EntryPath.text(path), errno: ELOOP) }
      if name == [0x2E, 0x2E] {
        done = EntryPath.parent(of: done)
        here = try folders(done)
        continue
      }
      let next = EntryPath.join(done, name)
      let found = try look(name, in: here, path)
      if todo.isEmpty { return (found, next) }
      switch found {
      case .nothing: return (.nothing, next)
      case .folder(let folders): (here, done) = (folders, next)
      case .other(let folder, let status):
        guard status.st_mode & S_IFMT == S_IFLNK else {
          throw Failure("follow", EntryPath.text(path), errno: ENOTDIR)
        }
        links += 1
        if links > 40 { throw Failure("follow", EntryPath.text(path), errno: ELOOP) }
        let text = try LayerTree.linkText(folder.raw, name, next)
        if text.first == 0x2F { (here, done) = ([root] + lowers, []) }
        todo += text.split(separator: 0x2F).reversed().map(Array.init).filter { $0 != [0x2E] }
      }
    }
    return (.folder(here), done)
  }
}
