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
    let remains = try retire(name)
    if sweep().contains(remains) { throw ContainerFolder.stays(remains) }
  }

  /// Takes a volume away that no container uses, in one moment for whoever looks; what is left of it is to be swept.
  ///
  /// - Returns: where that is.
  private func retire(_ name: String) throws -> String {
    if isMissing(name) { throw Self.missing(name) }
    let lock = try lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    let used = users(of: name)
    if !used.isEmpty {
      throw Failure("remove \(name)", reason: "volume is in use - [\(used.joined(separator: ", "))]")
    }
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
  /// - Parameters:
  ///   - named: those that were given a name as well.
  ///   - warn: told of each that cannot be removed, or not wholly.
  public func prune(named: Bool, where condition: (Volume) -> Bool, warn: (Error) -> Void) -> Pruned {
    var pruned = Pruned()
    for volume in all(warn: warn) where named || volume.isAnonymous {
      guard condition(volume), users(of: volume.name).isEmpty else { continue }
      let size = volume.size
      guard let remains = removeUnused(volume.name, warn: warn) else { continue }
      pruned.names.append(volume.name)
      if !Files.exists(remains) { pruned.size += size }
    }
    // Those of earlier ones as well.
    for remains in sweep() { warn(ContainerFolder.stays(remains)) }
    return pruned
  }

  /// Removes a volume, unless somebody has taken it, or removed it, meanwhile.
  ///
  /// - Parameter warn: told where it cannot be removed.
  /// - Returns: where what is left of it is, or was; nil where it has not been removed.
  private func removeUnused(_ name: String, warn: (Error) -> Void) -> String? {
    do {
      let remains = try retire(name)
      _ = sweep()
      return remains
    } catch {
      if !isMissing(name), users(of: name).isEmpty { warn(error) }
      return nil
    }
  }

  /// Removes those of the volumes that no container uses.
  ///
  /// - Returns: what could not be removed.
  func remove(unused names: [String]) -> [Error] {
    var left: [Error] = []
    for name in names {
      guard let remains = removeUnused(name, warn: { left.append($0) }) else { continue }
      if Files.exists(remains) { left.append(ContainerFolder.stays(remains)) }
    }
    return left
  }
}
