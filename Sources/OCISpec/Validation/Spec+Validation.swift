extension Spec {
  /// The longest host and domain name, in bytes. Source: uname(2), `__NEW_UTS_LEN`.
  static let maximumNameLength = 64

  /// Checks whether the configuration makes sense, as far as that can be told without looking at the host.
  ///
  /// The system call filter is left out: `SeccompSection.decoded()` checks it when it is decoded. Also left
  /// to others are the names of capabilities and mount options, and whatever depends on the kernel, on
  /// files or on namespaces that are joined.
  ///
  /// - Throws: `SpecError` with the path of the first thing that is wrong.
  public func validate() throws(SpecError) {
    try validateVersion()
    guard let root else { throw SpecError("root", "is required") }
    try require(!root.path.isEmpty, "root.path", "must not be empty")
    try checkText(root.path, "root.path")
    let linux = linux ?? Linux()
    try process?.validate()
    try validateNames(linux)
    for (index, mount) in mounts.enumerated() { try mount.validate(at: "mounts[\(index)]", linux) }
    try hooks?.validate()
    for (name, value) in annotations {
      try require(!name.isEmpty, "annotations", "must not have an empty name")
      try checkText(name, jsonPath("annotations", name))
      try checkText(value, jsonPath("annotations", name))
    }
    try linux.validate()
    if let process { try linux.validateOwners(of: process.user) }
    try require(
      domainname == nil || linux.sysctl["kernel.domainname"] == nil,
      jsonPath("linux.sysctl", "kernel.domainname"),
      "contradicts domainname")
  }

  private func validateVersion() throws(SpecError) {
    let path = "ociVersion"
    try require(!ociVersion.isEmpty, path, "must not be empty")
    // Semantic versioning: what follows '-' or '+' does not matter here.
    let core = ociVersion.utf8.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
    let numbers = core.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let areNumbers = numbers.allSatisfy { number in
      !number.isEmpty && number.count <= 9
        && number.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
    try require(
      numbers.count == 3 && areNumbers, path,
      "must be a version like \(OCI.specVersion), not \(quoted(ociVersion))")
    try require(
      numbers[0].elementsEqual("1".utf8), path, "version \(quoted(ociVersion)) is not supported",
      hint: "1.0.0 to \(OCI.specVersion) are")
  }

  private func validateNames(_ linux: Linux) throws(SpecError) {
    for (path, name) in [("hostname", hostname), ("domainname", domainname)] {
      guard let name else { continue }
      try require(
        name.utf8.count <= Self.maximumNameLength, path,
        "must have at most \(Self.maximumNameLength) bytes, not \(name.utf8.count)")
      try checkText(name, path)
      try require(linux.has(.uts), path, "needs a uts namespace", hint: "add one to linux.namespaces")
    }
  }
}
