import CShim
import Glibc
import Runtime

/// The first content of a volume: what the image has where the volume is mounted.
struct VolumeContent {
  let volume: Volume
  /// Whether another container has it mounted, or is about to.
  let isInUse: Bool

  /// Copies what an image has at a path, where the volume is empty: once, however many ask for it at a time.
  ///
  /// - Parameter image: it may be hostile: links in it lead to places in it.
  func fill(from image: Image, at path: String) throws(Failure) {
    let content = try Folder(host: volume.mountpoint)
    guard try content.isEmpty(), let image = try open(path, in: image.files()) else { return }
    try TreeCopy.withManyDescriptors { () throws(Failure) in
      let hasNothing = try image.isEmpty()
      if isInUse || volume.hasMount || hasNothing {
        // Who uses it sees the same folder as who comes now.
        var copy = TreeCopy(into: content)
        try copy.copyFolder(image)
      } else {
        try replace(content, image)
      }
    }
  }

  /// Nil where the image has no such folder.
  private func open(_ path: String, in rootfs: String) throws(Failure) -> Folder? {
    let root = try Folder(host: rootfs)
    do {
      return Folder(try root.open(inRoot: path, O_RDONLY | O_DIRECTORY), path)
    } catch {
      switch error.errno {
      case ENOENT, ENOTDIR, ELOOP: return nil
      default: throw error
      }
    }
  }

  /// Makes the copy beside the content and puts it in place whole: of one who is killed on the way nothing is taken
  /// for a volume's content.
  private func replace(_ content: borrowing Folder, _ image: borrowing Folder) throws(Failure) {
    let draft = volume.folder + "/_copy"
    // Of one who was killed: with the volume's lock held, nobody else is at it.
    ScratchFolder.remove(draft)
    try Files.makeFolders(draft, mode: 0o700)
    do throws(Failure) {
      var copy = TreeCopy(into: try Folder(host: draft))
      try copy.copyFolder(image)
      if rename(draft, volume.mountpoint) != 0 {
        throw Failure("put in place", volume.mountpoint, errno: errno)
      }
    } catch {
      ScratchFolder.remove(draft)
      throw error
    }
  }
}

extension Volume {
  /// Whether something is mounted on its content while it is used.
  var hasMount: Bool { !options.isEmpty }
}
