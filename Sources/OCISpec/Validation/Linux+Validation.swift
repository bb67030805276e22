extension Linux {
  /// The values of `rootfsPropagation`: those of the specification, and the recursive forms that engines
  /// write.
  public static let propagations = [
    "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable",
  ]

  func validate() throws(SpecError) {
    try validateNamespaces()
    for (index, device) in devices.enumerated() { try device.validate(at: "linux.devices[\(index)]") }
    try validateNetDevices()
    if let cgroupsPath { try validateCgroupsPath(cgroupsPath) }
    try resources?.validate()
    try intelRdt?.validate()
    try memoryPolicy?.validate()
    try validateSysctl()
    if let rootfsPropagation {
      try require(
        Self.propagations.contains(rootfsPropagation), "linux.rootfsPropagation",
        "must be \(alternatives(Array(Self.propagations.prefix(4)))), not \(quoted(rootfsPropagation))")
    }
    try validatePaths(maskedPaths, "linux.maskedPaths")
    try validatePaths(readonlyPaths, "linux.readonlyPaths")
    try checkText(mountLabel, "linux.mountLabel")
    if let flag = personality?.flags.first {
      throw SpecError(
        "linux.personality.flags[0]", "has the unknown value \(quoted(flag))", hint: "no flags exist yet")
    }
  }

  private func validatePaths(_ paths: [String], _ path: String) throws(SpecError) {
    try require(
      paths.isEmpty || has(.mount), path, "needs a mount namespace", hint: "add one to linux.namespaces")
    for (index, text) in paths.enumerated() { try checkAbsolute(text, "\(path)[\(index)]") }
  }

  private func validateCgroupsPath(_ text: String) throws(SpecError) {
    let path = "linux.cgroupsPath"
    try checkText(text, path)
    try require(
      !text.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }, path,
      "must not contain '..', as \(quoted(text)) does")
    try require(!text.hasLineBreak, path, "must not contain a line break")
  }

  private func validateNetDevices() throws(SpecError) {
    guard !netDevices.isEmpty else { return }
    let path = "linux.netDevices"
    try require(has(.network), path, "needs a network namespace", hint: "add one to linux.namespaces")
    var names: Set<String> = []
    for (hostName, device) in netDevices.sorted(by: { $0.key < $1.key }) {
      func at() -> String { jsonPath(path, hostName) }
      try require(isInterfaceName(hostName), at(), "is no valid name of a network device")
      let name = device.name ?? hostName
      // A template: the kernel fills in the first free number, so two devices may have the same.
      let isTemplate = name.hasSuffix("%d")
      try require(
        isInterfaceName(isTemplate ? name.dropLast(2) + "0" : name), at() + ".name",
        "\(quoted(name)) is no valid name of a network device")
      try require(
        isTemplate || names.insert(name).inserted, at() + ".name",
        "two devices would have the name \(quoted(name)) in the container")
    }
  }
}

/// Whether the kernel takes a text as a network device's name. Source: `dev_valid_name` in net/core/dev.c.
func isInterfaceName(_ name: some StringProtocol) -> Bool {
  guard 1...15 ~= name.utf8.count, name != ".", name != ".." else { return false }
  return name.utf8.allSatisfy {
    $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "%")
  }
}
