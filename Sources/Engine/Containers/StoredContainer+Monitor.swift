import Glibc
import OCISpec
import Runtime

extension StoredContainer {
  /// Runs the container's monitor in this process until the container has ended for good.
  ///
  /// - Parameters:
  ///   - starter: the connection of who wants the container started.
  ///   - startLock: the folder's lock, to be given up once the payload runs.
  public static func monitor(
    _ id: String, _ roots: EngineRoots, starter: CInt, startLock: CInt
  ) throws {
    let folder = roots.folder(of: id)
    let life = try LifeLock.take(folder)
    defer { _ = fcntl(life.raw, F_GETFD) }
    // Read again for each launch, and when somebody tells that it was changed.
    var container = try read(id, roots)
    let network = ContainerNetwork(id, roots)
    let delegate = MonitorDelegate(
      supervision: {
        container = try read(id, roots)
        return try container.supervision()
      },
      creation: {
        try network.claim(container)
        let image = try container.image()
        let creation = try container.creation(image, network)
        try container.prepareVolumes(image)
        return creation
      },
      openLog: { try container.openLog() },
      event: { action, attributes in EventLog(roots).add(container.event(action, attributes)) },
      changed: { try network.change(container, $0) }, services: { network.services },
      ended: {
        network.disconnect()
        container.releaseVolumes()
      },
      finished: { network.finish() },
      remove: { try? container.discard() },
      told: { FlagNames.renamed($0, container.options) })
    let monitor = try Monitor(
      id: id, store: roots.store, folder: folder, socket: roots.socket(of: id),
      starter: PacketSocket(OwnedFD(starter)), startLock: startLock >= 0 ? OwnedFD(startLock) : nil,
      delegate: delegate)
    defer { unlink(roots.socket(of: id)) }
    try monitor.run()
  }

  func supervision() throws -> Supervision {
    var supervision = Supervision()
    supervision.terminal = options.terminal
    supervision.interactive = options.interactive
    if let signal = options.stopSignal {
      guard let number = SignalName.number(signal) else {
        throw Failure("--stop-signal", signal, reason: "no such signal")
      }
      supervision.stopSignal = number
    }
    if let seconds = options.stopTimeout { supervision.stopTimeout = Int32(clamping: seconds) }
    supervision.restartRule = options.restart.rule
    supervision.removesItself = options.removesItself
    supervision.healthCheck = healthCheck
    return supervision
  }

  /// How its health is found out; nil where it is not.
  public var healthCheck: HealthCheck? {
    guard let health = options.health, !health.isDisabled, let test = health.test else { return nil }
    let words = Array(test.dropFirst())
    var check = HealthCheck(command: test[0] == "CMD-SHELL" ? ["/bin/sh", "-c"] + words : words)
    func span(_ given: Int64?, _ usual: Int64) -> UInt64 {
      UInt64(given.flatMap { $0 > 0 ? $0 : nil } ?? usual)
    }
    check.interval = span(health.interval, HealthOptions.defaultInterval)
    check.timeout = span(health.timeout, HealthOptions.defaultTimeout)
    check.startPeriod = UInt64(max(0, health.startPeriod ?? 0))
    check.startInterval = span(health.startInterval, HealthOptions.defaultStartInterval)
    check.retries = health.retries.flatMap { $0 > 0 ? $0 : nil } ?? HealthOptions.defaultRetries
    check.reaction = health.onFailure ?? .none
    return check
  }

  /// What a launch is made from. Nothing is done for it yet.
  ///
  /// - Parameters:
  ///   - network: what it has of networks; nil where that is not wanted.
  ///   - changesNothing: only the plan is wanted, and not even a cache may be written.
  func creation(
    _ image: Image, _ network: ContainerNetwork? = nil, changesNothing: Bool = false
  ) throws -> CreateOptions {
    let overlay = overlay(above: image)
    // Of a folder that is not there a tmpfs is everybody's.
    let looksFurther = options.mounts.contains { $0.kind == .tmpfs }
    let files = looksFurther ? try image.files() : try image.accounts()
    // Only a bundle's own configuration has paths that begin there.
    var creation = CreateOptions(bundle: image.isBundle ? image.place : folder)
    creation.changesNothing = changesNothing
    creation.accounts = true
    var builder = SpecBuilder(options: options, id: id, rootfs: files)
    builder.networkFiles = folder
    builder.volume = { try Volumes(roots).mountpoint(of: $0) }
    builder.container = { try Containers(roots).peer($0) }
    switch image.kind {
    case .bundle(let spec, _): creation.spec = try builder.amend(spec)
    case .rootfs, .layers: creation.spec = try builder.build()
    }
    if let overlay {
      // The image stays as it is: the container writes above it.
      creation.spec?.root?.path = overlay.lower[0]
      creation.overlay = overlay
      creation.files = { () throws(Failure) in try image.accounts() }
      creation.prepareScratch = { try makeScratch(overlay, telling: $0) }
    }
    creation.newFiles = try builder.newFiles(
      for: creation.spec ?? Spec(), addresses: network?.addresses.map(\.description) ?? [],
      // Where it is only checked, any will do.
      gateway: network?.gateway?.description ?? (options.network.networks.isEmpty ? nil : "0.0.0.0"),
      hasNames: network?.hasNames ?? false)
    if let network {
      network.hostname = try creation.spec?.hostname ?? builder.hostname
      network.domainname = creation.spec?.domainname
      creation.outside = network.steps(self)
    }
    creation.supervised = options.initProcess
    creation.diesWithRuntime = true
    creation.watchesMemory = true
    creation.receiveConsole = { _, _ in }
    creation.newSources = options.mounts.compactMap { mount in
      guard case .bind(let source, makesSource: true) = mount.kind, !Files.exists(source) else { return nil }
      return source
    }
    return creation
  }

  func makeScratch(_ overlay: OverlayRoot, telling listener: KernelCallListener) throws {
    // What an earlier run has written stays.
    if Files.exists(overlay.upper) { return }
    for folder in [overlay.work, overlay.target, overlay.upper] {
      try Files.makeFolders(folder, mode: 0o755, telling: listener)
    }
    // The upper folder becomes the container's root: its mode and owner are those of the image's.
    var status = stat()
    if stat(overlay.lower[0], &status) == 0 {
      let mode = status.st_mode & 0o7777
      let changed = chmod(overlay.upper, mode)
      listener.tell(.chmod(overlay.upper, mode: mode), changed < 0 ? -errno : 0)
      let given = chown(overlay.upper, status.st_uid, status.st_gid)
      listener.tell(.chown(overlay.upper, uid: status.st_uid, gid: status.st_gid), given < 0 ? -errno : 0)
    }
  }
}

extension StoredContainer {
  /// How its output is logged.
  public func logOptions() throws -> LogOptions {
    try LogOptions(driver: options.logDriver ?? "", options.logOptions)
  }

  func openLog() throws -> ContainerLog {
    try ContainerLog(try logOptions(), of: logged, in: logFolder)
  }

  /// What a log tells of the container.
  private var logged: LoggedContainer {
    LoggedContainer(
      id: id, name: name, imageName: options.image, command: (options.entrypoint ?? []) + options.command,
      labels: options.labels, environment: options.environment)
  }
}
