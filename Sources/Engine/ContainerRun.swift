import CShim
import Glibc
import OCISpec
import Runtime

/// `run` in the foreground: from what a person says to the payload's exit code.
public struct ContainerRun {
  private let store: ContainerStore
  private let options: RunOptions
  private let id: String
  private let image: Image

  /// Where folders that outlive a boot are kept.
  static let lastingRoot = "/var/lib/swiftainer"

  public init(_ options: RunOptions, store: ContainerStore) throws {
    self.options = options
    self.store = store
    id = options.name ?? RandomID.make()
    if let name = options.name { try Self.checkName(name) }
    try MountFlag.checkDistinct(options.mounts)
    image = try Image(options.image)
  }

  private static func checkName(_ name: String) throws(Failure) {
    let isAllowed = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let bytes = Array(name.utf8)
    // It is a folder's name too, among others below it.
    if bytes.count > 200 { throw Failure("--name", reason: "longer than 200 bytes") }
    let extra: Set<UInt8> = [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-")]
    guard bytes.count >= 2, isAllowed(bytes[0]), bytes.allSatisfy({ isAllowed($0) || extra.contains($0) })
    else {
      throw Failure(
        "--name", KernelCall.quote(name), reason: "invalid container name",
        hint: "only [a-zA-Z0-9][a-zA-Z0-9_.-]+ are allowed")
    }
  }

  /// The plan, without anything being done.
  public func plan() throws -> LaunchPlan {
    try FlagNames.telling(options) {
      var creation = try createOptions()
      creation.changesNothing = true
      return try Preparation(id: id, store: store, mode: .run, options: creation).plan
    }
  }

  /// Runs the payload and returns its exit code. `observe` is told of each kernel call.
  public func run(observe: ((LaunchEvent) -> Void)? = nil) throws -> CInt {
    try FlagNames.telling(options) { try carryOut(observe) }
  }

  private func carryOut(_ observe: ((LaunchEvent) -> Void)?) throws -> CInt {
    var master: CInt = -1
    var creation = try createOptions()
    creation.receiveConsole = { received, listener in
      master = received
      // All of it, pixels too, and before the payload is there: a later change would be told to it.
      if let size = Terminal.size(of: STDIN_FILENO) {
        Terminal.setSize(size, of: received, telling: listener)
      }
    }
    creation.observe = observe.map { observe in { observe(toldAsFlags($0)) } }
    // Before the launch, so that a key pressed meanwhile is passed on and not lost.
    SignalSet.blockAll()
    let input = options.interactive ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC)
    if input >= 0 && !options.terminal { dup2(input, STDIN_FILENO) }
    for mount in options.mounts { try checkSource(mount) }
    if let overlay = creation.overlay { creation.prepareScratch = { try makeScratch(overlay, telling: $0) } }
    let launched: (container: Container, process: LaunchedProcess)
    do {
      launched = try Container.run(id, in: store, creation)
    } catch {
      throw conflict(error)
    }
    var foreground = try Foreground(launched.process, master: master, interactive: options.interactive)
    let status = try foreground.wait()
    if options.removesItself { try launched.container.delete(force: true) }
    return LaunchedProcess.exitCode(status)
  }

  private func createOptions() throws -> CreateOptions {
    var creation = CreateOptions(bundle: image.folder)
    let builder = SpecBuilder(options: options, id: id, rootfs: image.rootfs)
    switch image.kind {
    case .bundle(let spec):
      creation.spec = try builder.amend(spec)
    case .rootfs:
      creation.spec = try builder.build()
      // The folder stays as it is: the container writes above it.
      let scratch = Self.lastingRoot + "/containers/" + id
      creation.scratch = scratch
      creation.overlay = OverlayRoot(
        lower: [image.rootfs], upper: scratch + "/upper", work: scratch + "/work", target: scratch + "/merged"
      )
    }
    creation.supervised = options.initProcess
    creation.diesWithRuntime = true
    creation.receiveConsole = { _, _ in }
    creation.newSources = options.mounts.compactMap { mount in
      guard case .bind(let source, makesSource: true) = mount.kind, !Files.exists(source) else { return nil }
      return source
    }
    return creation
  }

  private func makeScratch(_ overlay: OverlayRoot, telling listener: KernelCallListener) throws {
    let root = Self.lastingRoot + "/containers"
    // States go with a reboot, these folders do not. One without a state belongs to nobody: a name is reserved
    // before its folder is made, and given up after it is gone.
    for name in Files.names(in: root) where (try? store.holds(name)) == false {
      ScratchFolder.remove(root + "/" + name)
    }
    if !Files.exists(root) { try Files.makeFolders(root, mode: 0o710, telling: listener) }
    // Left over from a container whose state went with a reboot: it belongs to nobody.
    ScratchFolder.remove(root + "/" + id)
    for folder in [overlay.upper, overlay.work, overlay.target] {
      try Files.makeFolders(folder, mode: 0o755, telling: listener)
    }
    // The upper folder becomes the container's root: its mode and owner are those of the image's.
    var status = stat()
    if stat(image.rootfs, &status) == 0 {
      let mode = status.st_mode & 0o7777
      let changed = chmod(overlay.upper, mode)
      listener.tell(.chmod(overlay.upper, mode: mode), changed < 0 ? -errno : 0)
      let given = chown(overlay.upper, status.st_uid, status.st_gid)
      listener.tell(.chown(overlay.upper, uid: status.st_uid, gid: status.st_gid), given < 0 ? -errno : 0)
    }
  }

  /// `-v` makes what is missing, `--mount` does not.
  private func checkSource(_ mount: MountFlag) throws {
    guard case .bind(let source, makesSource: false) = mount.kind, !Files.exists(source) else { return }
    throw Failure(
      "--mount source=\(source)", errno: ENOENT, hint: "make it first, or use -v, which makes folders")
  }

  private var nameConflict: Failure {
    Failure(
      "Conflict. The container name \"/\(id)\" is already in use by container \"\(id)\". "
        + "You have to remove (or rename) that container to be able to reuse that name.")
  }

  /// The same event, with an error as a person is told it.
  private func toldAsFlags(_ event: LaunchEvent) -> LaunchEvent {
    guard case .failed(let step, let error, let time) = event else { return event }
    return .failed(step: step, conflict(FlagNames.renamed(error, options)), at: time)
  }

  /// Another `run` may have taken the name meanwhile.
  private func conflict(_ error: Error) -> Error {
    guard let failure = error as? Failure, failure.kind == .alreadyExists else { return error }
    return nameConflict
  }
}

/// What the IMAGE argument names.
struct Image {
  enum Kind {
    case rootfs
    case bundle(Spec)
  }

  /// Absolute.
  let folder: String
  /// Absolute.
  let rootfs: String
  let kind: Kind

  init(_ path: String) throws {
    folder = Files.absolute(path)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw Failure("open rootfs or bundle", path, errno: errno, hint: "images by name are not supported yet")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Failure("open rootfs or bundle", path, errno: ENOTDIR)
    }
    if folder == "/" {
      throw Failure("open rootfs or bundle", path, reason: "the host's own root cannot be a container's")
    }
    let config = folder + "/config.json"
    guard Files.exists(config) else {
      rootfs = folder
      kind = .rootfs
      return
    }
    let spec = try Self.decode(config)
    let root = spec.root?.path ?? "rootfs"
    rootfs = root.hasPrefix("/") ? root : folder + "/" + root
    kind = .bundle(spec)
  }

  private static func decode(_ config: String) throws -> Spec {
    do {
      return try SpecDecoder.decode(Files.read(config), name: config)
    } catch var error as SpecError where error.path == "the document" {
      error.path = config
      throw error
    }
  }
}

/// IDs for containers that are given no name.
enum RandomID {
  static func make() -> String {
    let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }
}
