import Glibc
import OCISpec
import Networking
import Runtime

extension Containers {
  /// Makes a container, which then is there to be started. When this throws, nothing of it is left.
  public func create(_ options: RunOptions) throws -> StoredContainer {
    // Until the container is written down, nobody may collect its image.
    let images = try EngineImages(roots).holdUnlessPath(options.imageID ?? options.image)
    defer { _ = images }
    var (container, image) = try drafted(options)
    try container.check(image)
    try roots.prepare()
    let names = ContainerNames(roots: roots)
    let folder = ContainerFolder(roots, container.id)
    // Closed when the container has its final name.
    let draft = try folder.makeDraft()
    defer { _ = fcntl(draft.raw, F_GETFD) }
    var taken: String?
    do {
      try names.take(container.name, for: container.id)
      taken = container.name
    } catch  where options.name == nil {
      // Of names by chance another one is as good.
      container.name = try takeRandomName(container.id)
      taken = container.name
    } catch {
      folder.discardDraft()
      throw error
    }
    do {
      try container.write(to: folder.draft)
      if let file = options.idFile { try container.writeID(to: file) }
      try folder.publish()
    } catch {
      folder.discardDraft()
      if let taken { names.give(up: taken, of: container.id) }
      throw error
    }
    do {
      try container.makeVolumes()
      try container.fillVolumes(image)
    } catch {
      try? container.discard(volumes: true)
      throw error
    }
    EventLog(roots).add(container.event("create"))
    return container
  }

  /// What can be known to be wrong before the image is there: nobody is to wait for it in vain.
  public func check(_ options: RunOptions) throws {
    if let name = options.name {
      try ContainerNames.check(name)
      try ContainerNames(roots: roots).checkFree(name)
    }
    try MountFlag.checkDistinct(options.mounts)
    for source in options.volumesFrom { _ = try find(source.container) }
    var network = options.network
    try network.resolve(EngineNetworks(roots))
    try options.checkFiles()
  }

  /// The container that the options ask for. Nothing is made.
  public func draft(_ options: RunOptions) throws -> StoredContainer { try drafted(options).container }

  private func drafted(_ options: RunOptions) throws -> (container: StoredContainer, image: Image) {
    if let name = options.name { try ContainerNames.check(name) }
    var options = options
    try MountFlag.checkDistinct(options.mounts)
    for source in options.volumesFrom {
      options.mounts = source.adding(try find(source.container).options.mounts, to: options.mounts)
    }
    let image = try EngineImages(roots).resolve(options.imageID ?? options.image)
    // A bundle says itself what network it has.
    if options.network.mode == nil, !image.isBundle {
      options.network.mode = .networks([NetworkWish(StoredNetwork.usualName)])
    }
    try options.network.resolve(EngineNetworks(roots))
    var manifest: Descriptor?
    if case .layers(let stored) = image.kind {
      if options.writesImage {
        throw Failure("--rw-rootfs", reason: "\(options.image) is an image, which others may share")
      }
      manifest = stored.manifest
      try options.adopt(stored.config.config)
    }
    var container = StoredContainer(
      roots: roots, id: RandomID.make(), name: options.name ?? ContainerNames.random(), created: Clock.now(),
      imagePlace: image.place, imageManifest: manifest, options: options)
    try container.resolveVolumes()
    return (container, image)
  }

  private func takeRandomName(_ id: String) throws(Failure) -> String {
    let names = ContainerNames(roots: roots)
    for attempt in 1...100 {
      let name = ContainerNames.random() + (attempt > 10 ? "\(UInt32.random(in: 0..<1_000_000))" : "")
      do {
        try names.take(name, for: id)
        return name
      } catch  where error.kind == .alreadyExists {
        continue
      }
    }
    throw Failure("find a name", reason: "all names that were tried are taken", hint: "give one by --name")
  }
}

extension StoredContainer {
  /// The plan of its launch. Nothing is done.
  public func plan() throws -> LaunchPlan {
    try FlagNames.telling(options) {
      try Preparation(
        id: id, store: roots.store, mode: .run,
        options: creation(image(), ContainerNetwork.foreseen(self), changesNothing: true)
      ).plan
    }
  }

  /// What can be known to be wrong before there is a container.
  func check(_ image: Image) throws {
    try options.checkFiles()
    try logOptions().check()
    _ = try supervision()
    // With the cache of compiled filters, unlike a dry run, which leaves nothing behind.
    try FlagNames.telling(options) {
      _ = try Preparation(id: id, store: roots.store, mode: .run, options: creation(image))
    }
  }

  func writeID(to file: String) throws(Failure) {
    let opened = try Files.open(file, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    try Files.write(Array(id.utf8), to: opened.raw, file)
  }
}

extension RunOptions {
  /// Files of the host's that must be there, or must not.
  fileprivate func checkFiles() throws(Failure) {
    for mount in mounts {
      // `-v` makes what is missing, `--mount` does not.
      guard case .bind(let source, makesSource: false) = mount.kind, !Files.exists(source) else { continue }
      throw Failure(
        "--mount source=\(source)", errno: ENOENT, hint: "make it first, or use -v, which makes folders")
    }
    if let idFile, Files.exists(idFile) {
      throw Failure("--cidfile", idFile, reason: "is there already", hint: "remove it, or use another path")
    }
  }
}
