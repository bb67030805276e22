import Glibc
import OCISpec
import Runtime

/// The volumes of this machine.
public struct Volumes: Sendable {
  public let roots: EngineRoots

  public init(_ roots: EngineRoots = .fromEnvironment()) { self.roots = roots }

  func folder(of name: String) -> String { roots.volumes + "/" + name }

  /// Where a volume's content is, or will be; absolute. Nothing is made.
  public func mountpoint(of name: String) throws(Failure) -> String {
    try Self.check(name)
    return folder(of: name) + "/_data"
  }

  /// Checks a name's form.
  static func check(_ name: String) throws(Failure) {
    if MountFlag.isVolumeName(name) { return }
    throw Failure(
      "create \(name)",
      reason: "\"\(name)\" includes invalid characters for a local volume name, only "
        + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
    )
  }

  /// Makes a volume. One of that name that is there already stays as it is.
  ///
  /// - Parameter name: nil for an anonymous one.
  @discardableResult
  public func create(
    _ name: String? = nil, labels: [String: String] = [:], options: [String: String] = [:]
  ) throws -> Volume {
    var labels = labels
    if name == nil { labels[Volume.anonymousLabel] = "" }
    let name = name ?? RandomID.make()
    try Self.check(name)
    _ = try VolumeMount(options)
    let lock = try lock()
    defer { _ = fcntl(lock.raw, F_GETFD) }
    if Files.exists(folder(of: name)) { return try Volume.read(name, folder(of: name)) }
    // Whole under its final name. A point is at no name's beginning.
    let draft = roots.volumes + "/.new-" + name
    // Of one who was killed: with the lock held, nobody else is at it.
    ScratchFolder.remove(draft)
    let volume = Volume(
      name: name, created: Clock.now(), labels: labels, options: options, folder: folder(of: name))
    do {
      try Files.makeFolders(draft, mode: 0o710)
      try volume.write(to: draft)
      let content = draft + "/_data"
      try Files.makeFolders(content, mode: 0o755)
      // Whatever the mask is.
      if chmod(content, 0o755) != 0 { throw Failure("change mode of", content, errno: errno) }
      if rename(draft, volume.folder) != 0 { throw Failure("make volume", volume.folder, errno: errno) }
    } catch {
      ScratchFolder.remove(draft)
      throw error
    }
    EventLog(roots).add(volume.event("create"))
    return volume
  }

  /// The volume of a name.
  public func find(_ name: String) throws -> Volume {
    guard MountFlag.isVolumeName(name), Files.exists(folder(of: name)) else { throw Self.missing(name) }
    return try Volume.read(name, folder(of: name))
  }

  public func isMissing(_ name: String) -> Bool {
    !MountFlag.isVolumeName(name) || !Files.exists(folder(of: name))
  }

  static func missing(_ name: String) -> Failure { Failure("get \(name)", reason: "no such volume") }

  /// All volumes in the order of their names.
  ///
  /// - Parameter warn: told of each whose file cannot be read; such a one is left out.
  public func all(warn: (Error) -> Void = { _ in }) -> [Volume] {
    var found: [Volume] = []
    for name in Files.names(in: roots.volumes).sorted() where MountFlag.isVolumeName(name) {
      do {
        found.append(try Volume.read(name, folder(of: name)))
      } catch {
        if Files.exists(folder(of: name)) { warn(error) }
      }
    }
    return found
  }

  /// Keeps all others from making or removing volumes as long as the descriptor is open.
  func lock() throws(Failure) -> OwnedFD {
    try Files.makeFolders(roots.volumes, mode: 0o710)
    return try Self.hold(roots.volumes)
  }

  /// Waits for a folder's lock; it is held as long as the descriptor is open.
  static func hold(_ folder: String) throws(Failure) -> OwnedFD {
    let opened = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    while flock(opened.raw, LOCK_EX) != 0 {
      if errno != EINTR { throw Failure("lock", folder, errno: errno) }
    }
    return opened
  }
}
