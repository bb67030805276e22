import Glibc
import Runtime

/// What commands that were cut short have left behind.
public struct Leftover: Sendable {
  /// What it is, in words.
  public let text: String
  /// Takes it away, or puts it right; nil where only a person can.
  let repair: (@Sendable () throws -> Void)?

  public var isRepairable: Bool { repair != nil }

  public func mend() throws { try repair?() }
}

extension Containers {
  /// Looks for what belongs to no container, and for containers that are not whole. What somebody is at is left out.
  public func leftovers() throws -> [Leftover] {
    try damaged() + cutShort() + names() + states() + sockets() + networkLeftovers() + cutShortVolumes()
      + imageLeftovers()
  }

  private func damaged() -> [Leftover] {
    ids().compactMap { id in
      do {
        let container = try StoredContainer.read(id, roots)
        let before = try ContainerStatus.read(container.folder)
        let now = try container.status()
        guard before != now else { return nil }
        return Leftover(text: "container \(container.name): \(now.error); that is written down now") {}
      } catch {
        if !Files.exists(roots.folder(of: id)) { return nil }
        return Leftover(
          text: "container \(id.prefix(12)): \(error) (swiftainer rm -f removes it)", repair: nil)
      }
    }
  }

  /// Containers that were being made or removed.
  func cutShort() -> [Leftover] {
    Files.names(in: roots.containers).compactMap { name in
      guard name.hasPrefix(".new-") || name.hasPrefix(".old-") else { return nil }
      let path = roots.containers + "/" + name
      if ContainerFolder.lockIfFree(path) == nil { return nil }
      let what = name.hasPrefix(".new-") ? "making" : "removal"
      return Leftover(text: "\(path): the \(what) of a container was cut short") { try Self.remove(path) }
    }
  }

  /// Removes a folder, unless somebody is at it by now.
  private static func remove(_ path: String) throws {
    guard let folder = ContainerFolder.lockIfFree(path) else { return }
    defer { flock(folder.raw, LOCK_UN) }
    if !ScratchFolder.remove(path) { throw ContainerFolder.stays(path) }
  }

  private func names() -> [Leftover] {
    let names = ContainerNames(roots: roots)
    var left: [Leftover] = []
    for name in Files.names(in: roots.names) {
      guard let id = names.id(of: name) else {
        left.append(
          Leftover(text: "\(roots.names)/\(name): is no container's name") { try names.free(name, of: nil) })
        continue
      }
      if !ContainerFolder(roots, id).isThere {
        left.append(
          Leftover(text: "name \(name): its container is gone") { names.give(up: name, of: id) })
      } else if let container = try? StoredContainer.read(id, roots), container.name != name {
        left.append(
          Leftover(text: "name \(name): its container is called \(container.name)") { [roots] in
            try Self.whenNobodyRenames(id, roots) { if $0.name != name { names.give(up: name, of: id) } }
          })
      }
    }
    for container in all() where names.id(of: container.name) != container.id {
      left.append(
        Leftover(text: "container \(container.shortID): its name \(container.name) does not lead to it") {
          [roots] in
          try Self.whenNobodyRenames(container.id, roots) {
            if names.id(of: $0.name) != $0.id { try names.take($0.name, for: $0.id) }
          }
        })
    }
    return left
  }

  /// Does something with a container, as it is now, that nobody else changes meanwhile.
  private static func whenNobodyRenames(
    _ id: String, _ roots: EngineRoots, _ body: (StoredContainer) throws -> Void
  ) throws {
    try ContainerFolder(roots, id).locked { isThere in
      if isThere { try body(StoredContainer.read(id, roots)) }
    }
  }

  /// What the runtime knows of containers that are gone. Their cgroups go with that: a state is there before its cgroup,
  /// and goes after it. A cgroup alone may be of somebody else who uses the same parent.
  private func states() throws -> [Leftover] {
    let store = roots.store
    return Files.names(in: roots.run).compactMap { id in
      guard id.utf8.count == 64, !ContainerFolder(roots, id).isThere, Files.exists(roots.run + "/" + id)
      else {
        return nil
      }
      return Leftover(text: "\(roots.run)/\(id): the state of a container that is gone") {
        try store.salvage(id).delete(force: true)
      }
    }
  }

  /// Volumes that were being made or removed. Who makes one has the lock of all, and who removes one has its own.
  func cutShortVolumes() throws -> [Leftover] {
    if !Files.exists(roots.volumes) { return [] }
    let lock = try Volumes(roots).lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    return Files.names(in: roots.volumes).filter { $0.hasPrefix(".") }.compactMap { name in
      let path = roots.volumes + "/" + name
      if ContainerFolder.lockIfFree(path) == nil { return nil }
      return Leftover(text: "\(path): the making or removal of a volume was cut short") { [roots] in
        // What is removed is nobody's volume any more: nobody need wait until all of it is.
        if name.hasPrefix(".old-") { return try Self.remove(path) }
        let lock = try Volumes(roots).lock()
        defer { _ = fcntl(lock.raw, F_GETFD) }
        try Self.remove(path)
      }
    }
  }

  private func sockets() -> [Leftover] {
    Files.names(in: roots.monitors).compactMap { name in
      let id = String(name.prefix(64))
      let path = roots.monitors + "/" + name
      if LifeLock.isHeld(roots.folder(of: id)) || !Files.exists(path) { return nil }
      return Leftover(text: "\(path): nobody listens there") { [roots] in
        // Whoever starts the container has this lock until its monitor lives.
        try ContainerFolder(roots, id).locked { _ in
          if !LifeLock.isHeld(roots.folder(of: id)) { unlink(path) }
        }
      }
    }
  }
}
