import OCISpec
import Runtime

extension SpecBuilder {
  /// The payload's program, surroundings and identity.
  func applyProcess(to process: inout OCISpec.Process) throws {
    if let entrypoint = options.entrypoint {
      process.args = entrypoint + options.command
      if process.args.isEmpty {
        throw Failure("--entrypoint", reason: "no command is left", hint: "give one after the image")
      }
    } else if !options.command.isEmpty {
      process.args = options.command
    }
    process.env = KeyValue.changed(process.env, by: options.environment)
    if let folder = options.workingFolder { process.cwd = folder }
    process.terminal = options.terminal
    if let size = options.consoleSize { process.consoleSize = size }
    try Account.add(options.groups, to: &process.user, rootfs: rootfs)
    if let adjustment = options.limits.oomScoreAdjustment { process.oomScoreAdj = adjustment }
    for limit in options.limits.ulimits {
      let type = "RLIMIT_" + limit.name.uppercased()
      process.rlimits.removeAll { $0.type == type }
      process.rlimits.append(
        POSIXRlimit(type: type, soft: Self.number(limit.soft), hard: Self.number(limit.hard)))
    }
    let security = options.security
    if security.noNewPrivileges { process.noNewPrivileges = true }
    if let profile = security.apparmor {
      process.apparmorProfile = profile
    } else if options.privileged {
      process.apparmorProfile = nil
    }
    if security.disablesLabel || options.privileged {
      process.selinuxLabel = nil
    } else if !security.label.isEmpty {
      process.selinuxLabel = Self.label(security.label)
    }
  }

  /// -1 is no limit.
  private static func number(_ limit: Int64) -> UInt64 { limit == -1 ? .max : UInt64(limit) }

  /// What is not said of an SELinux label is as the policy for containers has it.
  private static func label(_ parts: [String: String]) -> String {
    [
      parts["user"] ?? "system_u", parts["role"] ?? "system_r", parts["type"] ?? "container_t",
      parts["level"] ?? "s0",
    ].joined(separator: ":")
  }

  func capabilities(base: CapabilitySet) throws(Failure) -> CapabilitySet {
    try CapabilitySet.chosen(
      from: base, add: options.addedCapabilities, drop: options.droppedCapabilities,
      privileged: options.privileged,
      available: .available(inOtherUserNamespace: false))
  }

  /// A bundle's own capabilities.
  static func held(_ names: [String]) throws -> CapabilitySet {
    var held: CapabilitySet = []
    for (index, name) in names.enumerated() {
      guard let one = CapabilitySet(specName: name) else {
        throw SpecError("process.capabilities.bounding[\(index)]", "unknown capability '\(name)'")
      }
      held.formUnion(one)
    }
    return held
  }
}
