import CShim
import Glibc
import Runtime

/// What a layer needs of those below it, which are perhaps still being unpacked: what folders are like that its archive
/// has not named, and the files that it gives another name to.
public struct DeferredWork: Sendable {
  struct Link: Sendable, Equatable {
    /// Without any link.
    let path: [UInt8]
    /// As the archive has it.
    let target: [UInt8]
  }

  /// Folders that were made since something is in them.
  var folders: Set<[UInt8]> = []
  /// In the archive's order.
  var links: [Link] = []
  /// Folders with whiteouts, which are of use only where there is something below.
  var withWhiteouts: Set<[UInt8]> = []
  /// Nothing of the layers below is seen.
  var hidesAll = false

  /// Whether the layers below are of no importance.
  public var isEmpty: Bool { folders.isEmpty && links.isEmpty && withWhiteouts.isEmpty && !hidesAll }

  /// Does it.
  ///
  /// - Parameters:
  ///   - folder: the descriptor of the layer's own folder.
  ///   - lowers: the folders of the layers below, the top one first; they are complete themselves.
  public func complete(in folder: CInt, above lowers: [String]) throws(Failure) {
    if isEmpty { return }
    let layers = try MergedLayers(folder, lowers)
    let copy = CopyUp(layers)
    for path in folders.sorted(by: { $0.lexicographicallyPrecedes($1) }) { try copy.describeFolder(path) }
    for path in withWhiteouts where !path.isEmpty { try copy.removeIdleWhiteouts(path) }
    if hidesAll { try hide(layers) }
    for link in links { try copy.link(link.path, to: link.target) }
  }

  /// Deletes each name that the layers below have at the root.
  private func hide(_ layers: MergedLayers) throws(Failure) {
    let root = layers.root
    var status = stat()
    fstat(root.raw, &status)
    for lower in layers.lowers {
      for name in try FolderRemoval.names(lower.raw, []) {
        var hidden = stat()
        if fstatat(lower.raw, name.cName, &hidden, AT_SYMLINK_NOFOLLOW) != 0 || LayerTree.isWhiteout(hidden) {
          continue
        }
        if mknodat(root.raw, name.cName, S_IFCHR, 0) == 0 { continue }
        guard errno == EEXIST else {
          throw Failure("make whiteout", EntryPath.text(name), errno: errno)
        }
        var own = stat()
        guard fstatat(root.raw, name.cName, &own, AT_SYMLINK_NOFOLLOW) == 0, own.st_mode & S_IFMT == S_IFDIR
        else {
          continue
        }
        let folder = try layers.open(root, name, name)
        let failed = shim_set_attribute(folder.raw, "trusted.overlay.opaque", "y", 1)
        if failed != 0 { throw Failure("make opaque", EntryPath.text(name), errno: -failed) }
      }
    }
    futimens(root.raw, [status.st_atim, status.st_mtim])
  }
}
