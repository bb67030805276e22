import CShim
import Glibc
import Runtime

extension Volumes {
  /// The IDs of the containers that use volumes, by the volumes' names, whether they run or not.
  public func users() -> [String: [String]] {
    var users: [String: [String]] = [:]
    for container in Containers(roots).all() {
      for name in Set(container.volumeNames) { users[name, default: []].append(container.id) }
    }
    return users
  }

  /// The IDs of the containers that use a volume. One whose file cannot be read uses it where its file names it:
  /// rather a volume too many is kept.
  func users(of name: String) -> [String] {
    let containers = Containers(roots)
    return containers.ids().filter { id in
      if let container = try? StoredContainer.read(id, roots) { return container.volumeNames.contains(name) }
      guard let text = try? Files.read(StoredContainer.file(roots.folder(of: id))) else { return false }
      return String(decoding: text, as: UTF8.self).contains(name)
    }.sorted()
  }

  /// Removes a volume that no container uses, and all that is in it.
  public func remove(_ name: String) throws {
    if isMissing(name) { throw Self.missing(name) }
    let lock = try lock()
    let used = users(of: name)
    if !used.isEmpty {
      throw Failure("remove \(name)", reason: "volume is in use - [\(used.joined(separator: ", "))]")
    }
    let remains = try removeUnused(name, lock)
    if sweep().contains(remains) { throw ContainerFolder.stays(remains) }
  }

  /// Takes the volume away in one moment for whoever looks; what is left of it is to be swept.
  ///
  /// - Returns: where that is.
  private func removeUnused(_ name: String, _ lock: borrowing OwnedFD) throws -> String {
    let folder = folder(of: name)
    let volume =
      (try? Volume.read(name, folder))
      ?? Volume(name: name, created: "", labels: [:], options: [:], folder: folder)
    try VolumeMount.unmount(volume.mountpoint)
    let remains = roots.volumes + "/.old-" + RandomID.make()
    if rename(folder, remains) != 0 {
      if errno == ENOENT { throw Self.missing(name) }
      throw Failure("remove volume", folder, errno: errno)
    }
    EventLog(roots).add(volume.event("destroy"))
    return remains
  }

  /// Removes the content of removed volumes, be it that who removed them was killed. No lock is needed.
  ///
  /// - Returns: what could not be removed.
  private func sweep() -> [String] {
    var left: [String] = []
    for name in Files.names(in: roots.volumes) where name.hasPrefix(".old-") {
      let remains = roots.volumes + "/" + name
      // What is mounted in it is somebody else's.
      if shim_is_mount_root(remains + "/_data") { continue }
      // One at a time: what another one is at is neither gone nor there to stay.
      guard let lock = try? Self.hold(remains) else { continue }
      defer { _ = fcntl(lock.raw, F_GETFD) }
      if !ScratchFolder.remove(remains) { left.append(remains) }
    }
    return left
  }

  /// What a prune has removed.
  public struct Pruned: Equatable, Sendable {
    public var names: [String] = []
    /// In bytes.
    public var size: Int64 = 0
  }

  /// Removes the volumes that no container uses and that a condition holds for.
  ///
  /// - Parameter named: those that were given a name as well.
  public func prune(named: Bool, where condition: (Volume) throws -> Bool = { _ in true }) throws -> Pruned {
    var pruned = Pruned()
    for volume in all() where named || volume.isAnonymous {
      guard try condition(volume), users(of: volume.name).isEmpty else { continue }
      let size = volume.size
      do {
        try remove(volume.name)
      } catch let error as Failure {
        // Somebody has taken it, or removed it, meanwhile.
        if isMissing(volume.name) || !users(of: volume.name).isEmpty { continue }
        throw error
      }
      pruned.names.append(volume.name)
      pruned.size += size
    }
    if let remains = sweep().first { throw ContainerFolder.stays(remains) }
    return pruned
  }
}
