import Glibc
import OCISpec
import Runtime

/// An everyday container: what was asked for when it was made, kept in `container.json` in its folder.
public struct StoredContainer: Sendable {
  public let roots: EngineRoots
  /// 64 hexadecimal digits.
  public let id: String
  public internal(set) var name: String
  /// RFC 3339.
  public let created: String
  /// The rootfs or bundle, absolute; of an image of the store its ID.
  public let imagePlace: String
  /// By which an image of the store is found, tagged or not; nil for a rootfs or a bundle.
  public internal(set) var imageManifest: Descriptor?
  public internal(set) var options: RunOptions
  /// The volumes among its mounts that nobody has named; they may go with it.
  public internal(set) var anonymousVolumes: [String] = []

  static let version = 1

  /// Its lasting folder.
  public var folder: String { roots.folder(of: id) }
  /// Where its log is.
  public var logFolder: String { folder + "/log" }
  public var shortID: String { String(id.prefix(12)) }
  var upper: String { folder + "/upper" }

  static func file(_ folder: String) -> String { folder + "/container.json" }

  /// Reads the container of a folder.
  static func read(_ id: String, _ roots: EngineRoots) throws -> StoredContainer {
    let file = file(roots.folder(of: id))
    let object = try JSONDocument(Files.read(file), name: file).root.object()
    let version: Int = try object.integer("version") ?? 1
    guard version <= Self.version else {
      throw Failure(
        "read", file, reason: "it is of a later version of swiftainer",
        hint: "use that, or remove it by rm -f")
    }
    return StoredContainer(
      roots: roots, id: id, name: try object.required("name").string(),
      created: try object.string("created") ?? "", imagePlace: try object.string("imagePath") ?? "",
      imageManifest: try object["imageManifest"].map(Descriptor.init(json:)),
      options: try RunOptions(json: object.required("options")),
      anonymousVolumes: try object.strings("anonymousVolumes"))
  }

  /// Writes the container into a folder.
  func write(to folder: String? = nil) throws(Failure) {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.member("version", Self.version)
      writer.member("id", id)
      writer.member("name", name)
      writer.member("created", created)
      writer.member("imagePath", imagePlace)
      writer.member("imageManifest", imageManifest)
      writer.member("options", options)
      writer.member("anonymousVolumes", anonymousVolumes)
    }
    try Files.replace(Self.file(folder ?? self.folder), writer.bytes)
  }

  /// What it is made from.
  ///
  /// - Throws: `Failure` where that is gone.
  func image() throws -> Image {
    guard let imageManifest else { return try Image(path: imagePlace) }
    let store = EngineImages(roots).store
    return try Image(store.image(imageManifest), store.layers)
  }

  /// Whether its monitor lives.
  public var isMonitored: Bool { LifeLock.isHeld(folder) }

  /// What has become of it, as far as it can be known: of a container whose monitor did not live to write it down,
  /// it is found out, and written down where nobody is about to start or change it.
  public func status() throws -> ContainerStatus { try status(isLocked: false) }

  /// - Parameter isLocked: the caller holds the folder's lock.
  func status(isLocked: Bool) throws -> ContainerStatus {
    let status = try ContainerStatus.read(folder)
    switch status.state {
    case .created, .exited, .dead, .removing: return status
    case .running, .paused, .restarting: if isMonitored { return status }
    }
    if isLocked { return try lost(status, isWritten: true) }
    // Under the lock nobody starts it: neither its status nor its leases become another launch's meanwhile. Who has the
    // lock writes down what there is to write.
    guard let lock = ContainerFolder(roots, id).lockIfFree() else {
      return try lost(status, isWritten: false)
    }
    defer { _ = fcntl(lock.raw, F_GETFD) }
    return try lost(status, isWritten: true)
  }

  /// The status of a container that went with its monitor, or with the machine.
  private func lost(_ status: ContainerStatus, isWritten: Bool) throws -> ContainerStatus {
    // Its monitor may have ended in good order, or been started, in between.
    let now = try ContainerStatus.read(folder)
    if now != status || isMonitored { return now }
    var status = status
    let wasBoot = !status.isOfThisBoot
    if status.state != .restarting { status.exitCode = wasBoot ? 255 : 128 + SIGKILL }
    status.error = wasBoot ? "the machine went down" : "the container's monitor was killed"
    status.state = .exited
    status.pid = 0
    status.finishedAt = Clock.now()
    if isWritten {
      try? status.write(folder)
      EngineNetworks(roots).forget(id)
    }
    return status
  }
}
