import OCISpec
import Runtime

extension RunOptions {
  /// Takes from an image what was not said. As with docker, what is remembered of a container is what came out.
  mutating func adopt(_ image: ImageConfig.Execution) throws {
    if entrypoint == nil {
      entrypoint = image.entrypoint.flatMap { $0.isEmpty ? nil : $0 }
      if command.isEmpty { command = image.command ?? [] }
    }
    if (entrypoint ?? []).isEmpty && command.isEmpty {
      throw Failure("no command specified", reason: "the image has none", hint: "give one after the image")
    }
    // One value for each name. A name that stands alone stays, since it takes away what the runtime would set as well.
    let words = image.env + environment
    environment = KeyValue.changed([], by: words)
    let names = Set(environment.map { $0.prefix { $0 != "=" } })
    environment += words.filter { !$0.contains("=") && !names.contains($0[...]) }
    workingFolder = workingFolder ?? filled(image.workingDir)
    user = user ?? filled(image.user)
    labels.merge(image.labels) { said, _ in said }
    stopSignal = stopSignal ?? filled(image.stopSignal)
    stopTimeout = stopTimeout ?? image.stopTimeout
    if let check = image.healthcheck { try adopt(check) }
    try adoptPorts(image.exposedPorts)
    try adoptVolumes(image.volumes)
  }

  private func filled(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }

  private mutating func adopt(_ check: ImageConfig.Healthcheck) throws(Failure) {
    var health = self.health ?? HealthOptions()
    if health.isDisabled { return }
    if health.test == nil, !check.test.isEmpty {
      if check.test == ["NONE"] {
        // Nothing was said that would need it.
        if self.health == nil { return }
      } else {
        health.test = check.test
      }
    }
    func span(_ said: Int64?, _ image: Int64, _ name: String) throws(Failure) -> Int64? {
      if let said { return said }
      if HealthOptions.isTooShort(image) {
        throw Failure("image's Healthcheck.\(name)", "\(image)", reason: "less than a millisecond")
      }
      return image > 0 ? image : nil
    }
    health.interval = try span(health.interval, check.interval, "Interval")
    health.timeout = try span(health.timeout, check.timeout, "Timeout")
    health.startPeriod = try span(health.startPeriod, check.startPeriod, "StartPeriod")
    health.startInterval = try span(health.startInterval, check.startInterval, "StartInterval")
    health.retries = health.retries ?? (check.retries > 0 ? check.retries : nil)
    self.health = health
  }

  private mutating func adoptPorts(_ texts: [String]) throws(Failure) {
    for text in texts {
      for port in try ContainerPort.ports(text) where !network.exposed.contains(port) {
        network.exposed.append(port)
      }
    }
  }

  /// Volumes without a name, where nothing else is mounted.
  private mutating func adoptVolumes(_ paths: [String]) throws(Failure) {
    let taken = Set(mounts.map { Files.clean($0.target) })
    for path in paths where !taken.contains(Files.clean(path)) {
      guard path.hasPrefix("/") else {
        throw Failure("image's volume", path, reason: "it is no absolute path")
      }
      mounts.append(MountFlag(.volume(name: nil, copies: true), target: path))
    }
  }
}
