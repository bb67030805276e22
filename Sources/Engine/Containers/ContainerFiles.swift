import CShim
import Glibc
import Runtime

/// A container's files as it sees them, whether it runs or not.
///
/// Of one that does not run, the overlay, volumes and bind mounts are put together for this process alone: they are
/// attached in a mount namespace of its own, so that a kill at any moment leaves nothing. Its lock is held, so that
/// it does not start meanwhile: an overlay's upper layer must not be mounted twice.
struct ContainerFiles: ~Copyable {
  let root: Folder
  private let lock: OwnedFD

  init(of container: StoredContainer) throws {
    if let root = try Self.running(container) {
      self.root = Folder(root, "")
      lock = OwnedFD(-1)
      return
    }
    let lock = try ContainerFolder(container.roots, container.id).lock()
    // It may have been started before the lock was ours.
    if let root = try Self.running(container) {
      self.root = Folder(root, "")
      self.lock = OwnedFD(-1)
      return
    }
    root = Folder(try Self.assemble(container), "")
    self.lock = lock
  }

  /// Nil where it does not run.
  private static func running(_ container: StoredContainer, patience: Int = 200) throws -> OwnedFD? {
    switch try container.status().state {
    case .running, .paused:
      do {
        return try container.roots.store.container(container.id).rootFolder()
      } catch {
        // It has ended since, and its monitor is about to write that down: then its state says what is to be done.
        if patience == 0 { throw error }
        usleep(5000)
        return try running(container, patience: patience - 1)
      }
    case .created, .exited, .dead, .removing: return nil
    // Its monitor mounts its root at any moment.
    case .restarting:
      throw Failure(
        "container \(container.name)", reason: "is restarting, wait until the container is running")
    }
  }

  private static func assemble(_ container: StoredContainer) throws -> OwnedFD {
    let image = try container.image()
    try container.prepareVolumes(image, starts: false)
    let failed = shim_unshare_mounts()
    if failed != 0 { throw Failure("make a mount namespace", errno: -failed) }
    let root = Folder(try mountRoot(container, image), "")
    func depth(_ mount: MountFlag) -> Int { Files.clean(mount.target).utf8.count { $0 == UInt8(ascii: "/") } }
    for mount in container.options.mounts.sorted(by: { depth($0) < depth($1) }) {
      switch mount.kind {
      case .tmpfs: continue
      case .bind(let source, _): try attach(source, mount, in: root)
      case .volume(let name?, _): try attach(Volumes(container.roots).mountpoint(of: name), mount, in: root)
      case .volume(nil, _): continue
      }
    }
    // Only now, since places to mount on may have been made.
    if container.options.readOnly { try protect(root.raw, container.name, withAllBelow: false) }
    return OwnedFD(fcntl(root.raw, F_DUPFD_CLOEXEC, 3))
  }

  /// The container's root without what it mounts there: a mount of its own in any case.
  private static func mountRoot(_ container: StoredContainer, _ image: Image) throws -> OwnedFD {
    let detached: OwnedFD
    let path: String
    if let overlay = container.overlay(above: image) {
      try container.makeScratch(overlay, telling: .nobody)
      detached = try Overlay.mount(lower: overlay.lower, upper: overlay.upper, work: overlay.work)
      path = overlay.target
    } else {
      path = try image.files()
      let mount = shim_open_tree(AT_FDCWD, path, cloneTree)
      if mount < 0 { throw Failure("mount the root of container", container.name, errno: -mount) }
      detached = OwnedFD(mount)
    }
    let place = try Files.open(path, Folder.pathOnly | O_DIRECTORY)
    let failed = shim_attach_mount(detached.raw, place.raw)
    if failed != 0 { throw Failure("mount", path, errno: -failed) }
    return try Files.open(path, O_RDONLY | O_DIRECTORY)
  }

  /// Puts a folder or file of the host at its place in the container. Links on the way lead to places in the root.
  private static func attach(_ source: String, _ mount: MountFlag, in root: borrowing Folder) throws {
    // A bind mount's source may have gone; the container would not start either.
    guard let there = try? Files.open(source, Folder.pathOnly) else { return }
    var status = stat()
    fstat(there.raw, &status)
    guard let place = try? place(mount.target, isFolder: status.kind == S_IFDIR, in: root) else { return }
    let copy = shim_open_tree(AT_FDCWD, source, cloneTree)
    if copy < 0 { throw Failure("clone mount", source, errno: -copy) }
    let detached = OwnedFD(copy)
    if mount.isReadOnly { try protect(detached.raw, source) }
    let failed = shim_attach_mount(detached.raw, place.raw)
    if failed != 0 { throw Failure("mount \(source) on", mount.target, errno: -failed) }
  }

  /// Opens what is to be mounted on; folders that are missing are made, as a start would make them.
  private static func place(
    _ path: String, isFolder: Bool, in root: borrowing Folder
  ) throws(Failure) -> OwnedFD {
    do {
      return try root.open(inRoot: path, Folder.pathOnly | (isFolder ? O_DIRECTORY : 0))
    } catch  where error.errno == ENOENT && isFolder {
      let path = Files.clean(path)
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let parent = try place(String(path[..<slash]) + "/", isFolder: true, in: root)
      if mkdirat(parent.raw, String(path[path.index(after: slash)...]), 0o755) != 0 && errno != EEXIST {
        throw Failure("make folder", path, errno: errno)
      }
      return try root.open(inRoot: path, Folder.pathOnly | O_DIRECTORY)
    }
  }

  /// Lets nothing be written through a mount.
  private static func protect(_ mount: CInt, _ name: String, withAllBelow: Bool = true) throws(Failure) {
    let failed = shim_mount_setattr(mount, "", emptyPath | (withAllBelow ? recursive : 0), readOnly, 0, 0, -1)
    if failed != 0 { throw Failure("make mount read-only", name, errno: -failed) }
  }

  /// OPEN_TREE_CLONE, AT_RECURSIVE, OPEN_TREE_CLOEXEC.
  private static let cloneTree: UInt32 = 1 | recursive | 0o2_000_000
  /// AT_RECURSIVE.
  private static let recursive: UInt32 = 0x8000
  /// AT_EMPTY_PATH.
  private static let emptyPath: UInt32 = 0x1000
  /// MOUNT_ATTR_RDONLY.
  private static let readOnly: UInt64 = 1
}
