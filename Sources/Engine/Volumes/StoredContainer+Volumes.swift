import Glibc
import Runtime

extension StoredContainer {
  /// The names of the volumes that it mounts.
  public var volumeNames: [String] {
    options.mounts.compactMap { mount in
      guard case .volume(let name?, _) = mount.kind else { return nil }
      return name
    }
  }

  /// Fixes which volumes the container has: anonymous ones get their names, and those that it shares with other
  /// containers are its own as well. Nothing is made.
  mutating func resolveVolumes() throws {
    for from in options.volumesFrom {
      anonymousVolumes += try Containers(roots).find(from.container).anonymousVolumes
    }
    for index in options.mounts.indices {
      guard case .volume(nil, let copies) = options.mounts[index].kind else { continue }
      let name = RandomID.make()
      options.mounts[index].kind = .volume(name: name, copies: copies)
      anonymousVolumes.append(name)
    }
    let used = Set(volumeNames)
    anonymousVolumes.removeAll { !used.contains($0) }
  }

  /// Makes the volumes that are not there. The container must be: a volume that it names is in use.
  func makeVolumes() throws {
    let volumes = Volumes(roots)
    for name in volumeNames {
      let labels = anonymousVolumes.contains(name) ? [Volume.anonymousLabel: ""] : [:]
      try volumes.create(name, labels: labels)
    }
  }

  /// Fills volumes that are empty with what the image has: others may borrow them before this container's first start.
  /// One that something is mounted on only while it is used is filled then.
  func fillVolumes(_ image: Image) throws {
    let volumes = Volumes(roots)
    for mount in options.mounts {
      guard case .volume(let name?, copies: true) = mount.kind else { continue }
      let volume = try volumes.find(name)
      if volume.hasMount { continue }
      let lock = try Volumes.hold(volume.folder)
      defer { _ = fcntl(lock.raw, F_GETFD) }
      try fill(volume, from: image, at: mount.target)
    }
  }

  /// With the volume's lock held.
  private func fill(_ volume: Volume, from image: Image, at target: String) throws {
    try VolumeContent(volume: volume, isInUse: VolumeUsers(volume).areThere(besides: self))
      .fill(from: image, at: target)
  }

  /// Before a launch: the volumes are there, mounted where they are to be, and at the first time filled with what the
  /// image has, where that was not done before.
  ///
  /// - Parameter starts: whether a launch follows; else only its files are looked at.
  func prepareVolumes(_ image: Image, starts: Bool = true) throws {
    try makeVolumes()
    let volumes = Volumes(roots)
    let isFirst = try ContainerStatus.read(folder).startedAt.isEmpty
    for mount in options.mounts {
      guard case .volume(let name?, let copies) = mount.kind else { continue }
      let volume = try volumes.find(name)
      let lock = try Volumes.hold(volume.folder)
      defer { _ = fcntl(lock.raw, F_GETFD) }
      let users = VolumeUsers(volume)
      try VolumeMount(volume.options)?.mount(on: volume.mountpoint)
      if copies && isFirst { try fill(volume, from: image, at: mount.target) }
      guard starts else { continue }
      try users.add(self)
      EventLog(roots).add(
        volume.event(
          "mount",
          [
            (name: "container", value: id), (name: "destination", value: mount.target),
            (name: "propagation", value: mount.propagation?.rawValue ?? ""),
            (name: "read/write", value: "\(!mount.isReadOnly)"),
          ]))
    }
  }

  /// After the payload's end, or a launch that failed: what was mounted for volumes goes with the last container that
  /// uses it.
  func releaseVolumes() {
    for name in Set(volumeNames).sorted() {
      guard let volume = try? Volumes(roots).find(name), let lock = try? Volumes.hold(volume.folder) else {
        continue
      }
      let users = VolumeUsers(volume)
      if users.remove(self) {
        EventLog(roots).add(volume.event("unmount", [(name: "container", value: id)]))
      }
      if volume.hasMount, !users.areThere(besides: self) { try? VolumeMount.unmount(volume.mountpoint) }
      _ = fcntl(lock.raw, F_GETFD)
    }
  }
}

/// Which running containers have a volume mounted: a file each beside its content, written and read with the volume's
/// lock held. One whose monitor does not live says nothing.
private struct VolumeUsers {
  let folder: String

  init(_ volume: Volume) { folder = volume.folder + "/users" }

  func add(_ container: StoredContainer) throws(Failure) {
    try Files.makeFolders(folder, mode: 0o700)
    _ = try Files.open(folder + "/" + container.id, O_WRONLY | O_CREAT)
  }

  /// Whether it was one.
  func remove(_ container: StoredContainer) -> Bool { unlink(folder + "/" + container.id) == 0 }

  func areThere(besides container: StoredContainer) -> Bool {
    Files.names(in: folder).contains {
      $0 != container.id && LifeLock.isHeld(container.roots.folder(of: $0))
    }
  }
}
