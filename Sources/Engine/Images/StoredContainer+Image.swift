import Glibc
import Images
import OCISpec
import Runtime

/// What an image that is made of a container consists of.
public struct CommitContent {
  public enum Base {
    case image(StoredImage)
    /// A folder; absolute.
    case rootfs(String)
  }

  public let base: Base
  /// The folder of what the container has changed, as overlayfs has it.
  public let upper: String
  /// What is there for mounts only; without a slash at the beginning.
  public let leftOut: Set<String>
  public let execution: ImageConfig.Execution
}

/// A container's files, without what it mounts.
public final class ContainerImage {
  /// Of the root; nothing can be written.
  public let folder: OwnedFD

  init(_ folder: consuming OwnedFD) { self.folder = folder }
}

extension StoredContainer {
  /// What `commit` takes.
  public func commitContent() throws -> CommitContent {
    let image = try image()
    guard let overlay = overlay(above: image) else {
      throw Failure(
        "commit \(name)",
        reason: "it writes into its own folder \(rootfs): there is nothing apart from that",
        hint: "tar that, and swiftainer import it")
    }
    try makeScratch(overlay, telling: .nobody)
    var execution = ImageConfig.Execution()
    var base = CommitContent.Base.rootfs(image.place)
    if case .layers(let stored) = image.kind {
      base = .image(stored)
      execution = stored.config.config
    }
    options.lend(to: &execution)
    let places = NetworkFiles.names.map { "etc/" + $0 } + ["dev", "proc", "sys", ".dockerenv"]
    let mounts = options.mounts.map { String(Files.clean($0.target).drop { $0 == "/" }) }
    return CommitContent(
      base: base, upper: overlay.upper, leftOut: Set(places + mounts), execution: execution)
  }

  /// Its files as they are now, volumes and the like left out.
  public func files() throws -> ContainerImage {
    let image = try image()
    guard let overlay = overlay(above: image) else {
      return ContainerImage(try Files.open(rootfs, O_RDONLY | O_DIRECTORY))
    }
    try makeScratch(overlay, telling: .nobody)
    // The upper folder as one more layer: a second overlay that writes there would be one too many.
    return ContainerImage(try Overlay.mount(lower: [overlay.upper] + overlay.lower))
  }
}

extension RunOptions {
  /// Says of an image what a container of it was told.
  fileprivate func lend(to execution: inout ImageConfig.Execution) {
    if let entrypoint { execution.entrypoint = entrypoint.isEmpty ? nil : entrypoint }
    if !command.isEmpty { execution.command = command }
    execution.env =
      environment.filter { $0.contains("=") }.isEmpty
      ? execution.env : KeyValue.changed(execution.env, by: environment)
    execution.workingDir = workingFolder ?? execution.workingDir
    execution.user = user ?? execution.user
    execution.labels.merge(labels) { $1 }
    execution.stopSignal = stopSignal ?? execution.stopSignal
    for port in network.exposed {
      let text = "\(port.port)/\(port.transport.rawValue)"
      if !execution.exposedPorts.contains(text) { execution.exposedPorts.append(text) }
    }
    if let health, let test = health.test {
      var check = ImageConfig.Healthcheck(test: health.isDisabled ? ["NONE"] : test)
      check.interval = health.interval ?? 0
      check.timeout = health.timeout ?? 0
      check.startPeriod = health.startPeriod ?? 0
      check.startInterval = health.startInterval ?? 0
      check.retries = health.retries ?? 0
      execution.healthcheck = check
    }
  }
}
