import OCISpec

/// The five capability sets of a process as the kernel takes them: bit n is capability number n.
public struct CapabilityMasks: Equatable, Sendable {
  /// What can ever be gained: everything else is dropped with `PR_CAPBSET_DROP`.
  public var bounding: UInt64
  /// For capset(2).
  public var effective: UInt64
  /// For capset(2).
  public var inheritable: UInt64
  /// For capset(2).
  public var permitted: UInt64
  /// For `PR_CAP_AMBIENT_RAISE`, after capset(2).
  public var ambient: UInt64

  public init(
    bounding: UInt64 = 0, effective: UInt64 = 0, inheritable: UInt64 = 0, permitted: UInt64 = 0,
    ambient: UInt64 = 0
  ) {
    self.bounding = bounding
    self.effective = effective
    self.inheritable = inheritable
    self.permitted = permitted
    self.ambient = ambient
  }

  /// Lowers the names of a configuration to masks the kernel will accept.
  ///
  /// - Parameters:
  ///   - capabilities: `process.capabilities`; absent means none at all, as with runc.
  ///   - available: what can be handed on, see `CapabilitySet.available(inOtherUserNamespace:)`.
  /// - Returns: the masks, and warnings, one line each, about what was asked for and cannot be given:
  ///   capabilities this machine withholds, and ambient ones that are not inheritable and permitted too.
  ///   runtime-spec 1.3.0 (config.md, "Linux Process") wants these logged and not to fail the container;
  ///   bundles with such ambient sets are what `runc spec` itself wrote up to 1.1.
  /// - Throws: `SpecError` with the path, for sets the kernel would refuse, and for an unknown name: runc
  ///   only warns of those, but a misspelt name that takes effect as its absence is worth a failure.
  public static func lower(
    _ capabilities: LinuxCapabilities?, available: CapabilitySet
  ) throws(SpecError) -> (masks: CapabilityMasks, warnings: [String]) {
    guard let capabilities else { return (CapabilityMasks(), []) }
    let bounding = try parse(capabilities.bounding, "bounding")
    let effective = try parse(capabilities.effective, "effective")
    let inheritable = try parse(capabilities.inheritable, "inheritable")
    let permitted = try parse(capabilities.permitted, "permitted")
    let ambient = try parse(capabilities.ambient, "ambient")
    // Checked before anything is taken away, so that a bundle is right or wrong on every machine alike.
    try check(effective, of: capabilities.effective, "effective", within: permitted, "permitted")
    try check(inheritable, of: capabilities.inheritable, "inheritable", within: bounding, "bounding")

    var warnings: [String] = []
    let asked = bounding.union(effective).union(inheritable).union(permitted).union(ambient)
    let withheld = asked.subtracting(available)
    if !withheld.isEmpty {
      warnings.append("process.capabilities: not available here, ignored: \(withheld)")
    }
    let unraisable = ambient.subtracting(permitted.intersection(inheritable))
    if !unraisable.isEmpty {
      warnings.append(
        "process.capabilities.ambient: not both permitted and inheritable, ignored: \(unraisable)")
    }
    let masks = CapabilityMasks(
      bounding: bounding.intersection(available).rawValue,
      effective: effective.intersection(available).rawValue,
      inheritable: inheritable.intersection(available).rawValue,
      permitted: permitted.intersection(available).rawValue,
      ambient: ambient.subtracting(unraisable).intersection(available).rawValue)
    return (masks, warnings)
  }

  private static func parse(_ names: [String], _ member: String) throws(SpecError) -> CapabilitySet {
    var set: CapabilitySet = []
    for (index, name) in names.enumerated() {
      guard let one = CapabilitySet(specName: name) else {
        throw SpecError("process.capabilities.\(member)[\(index)]", "unknown capability \(name)")
      }
      set.formUnion(one)
    }
    return set
  }

  private static func check(
    _ set: CapabilitySet, of names: [String], _ member: String, within wider: CapabilitySet,
    _ widerMember: String
  ) throws(SpecError) {
    guard !set.isSubset(of: wider) else { return }
    for (index, name) in names.enumerated() {
      guard let one = CapabilitySet(specName: name), !one.isSubset(of: wider) else { continue }
      throw SpecError("process.capabilities.\(member)[\(index)]", "\(name) is not in \(widerMember)")
    }
  }
}
