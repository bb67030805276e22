extension Linux {
  /// The namespace of a kind that the container makes or joins, if any.
  public func namespace(_ type: LinuxNamespaceType) -> LinuxNamespace? {
    namespaces.first { $0.type == type }
  }

  /// Whether the container makes or joins a namespace of a kind.
  public func has(_ type: LinuxNamespaceType) -> Bool { namespace(type) != nil }

  /// Whether the container makes a new namespace of a kind.
  public func makes(_ type: LinuxNamespaceType) -> Bool { namespace(type).map { $0.path == nil } ?? false }

  func validateNamespaces() throws(SpecError) {
    for (index, namespace) in namespaces.enumerated() {
      func at() -> String { "linux.namespaces[\(index)]" }
      try require(
        !namespaces[..<index].contains { $0.type == namespace.type }, at() + ".type",
        "the namespace '\(namespace.type.rawValue)' appears twice")
      if let path = namespace.path { try checkAbsolute(path, at() + ".path") }
    }
    try validateMappings()
    try validateTimeOffsets()
  }

  /// Mappings of a joined user namespace are let pass: containerd and CRI-O repeat those it has. Whoever
  /// joins it can compare them.
  private func validateMappings() throws(SpecError) {
    for (path, mappings) in [("linux.uidMappings", uidMappings), ("linux.gidMappings", gidMappings)] {
      try require(
        mappings.isEmpty || has(.user), path, "needs a user namespace", hint: "add one to linux.namespaces")
      try require(!mappings.isEmpty || !makes(.user), path, "is required for a new user namespace")
      try checkMappings(mappings, path)
    }
  }

  /// Checks that the kernel will know a process's IDs in a new user namespace.
  func validateOwners(of user: User) throws(SpecError) {
    guard makes(.user) else { return }
    let reason = { (id: UInt32) in "\(id) is not mapped in the user namespace" }
    try require(isMapped(user.uid, uidMappings), "process.user.uid", reason(user.uid))
    try require(isMapped(user.gid, gidMappings), "process.user.gid", reason(user.gid))
    for (index, group) in user.additionalGids.enumerated() {
      try require(isMapped(group, gidMappings), "process.user.additionalGids[\(index)]", reason(group))
    }
  }

  private func isMapped(_ id: UInt32, _ mappings: [LinuxIDMapping]) -> Bool {
    mappings.contains { id >= $0.containerID && id - $0.containerID < $0.size }
  }

  /// Source: time_namespaces(7).
  private func validateTimeOffsets() throws(SpecError) {
    guard !timeOffsets.isEmpty else { return }
    let path = "linux.timeOffsets"
    try require(has(.time), path, "needs a time namespace", hint: "add one to linux.namespaces")
    try require(makes(.time), path, "cannot be set in a time namespace that is joined")
    for (clock, offset) in timeOffsets {
      try require(
        clock == "monotonic" || clock == "boottime", jsonPath(path, clock), "is no clock with an offset",
        hint: "monotonic and boottime are")
      try require(
        offset.nanosecs < 1_000_000_000, jsonPath(path, clock) + ".nanosecs",
        "must be less than 1000000000, not \(offset.nanosecs)")
    }
  }
}

/// Checks the mappings of a user namespace or mount by the kernel's own rules. Source: user_namespaces(7).
func checkMappings(_ mappings: [LinuxIDMapping], _ path: @autoclosure () -> String) throws(SpecError) {
  try require(mappings.count <= 340, path(), "must have at most 340 entries, not \(mappings.count)")
  for (index, mapping) in mappings.enumerated() {
    func at() -> String { "\(path())[\(index)]" }
    try require(mapping.size > 0, at() + ".size", "must be more than 0")
    // The last ID of all, 4294967295, stands for "no ID" and cannot be mapped.
    try require(
      mapping.size <= UInt32.max - mapping.containerID, at() + ".size",
      "\(mapping.size) IDs from containerID \(mapping.containerID) go beyond \(UInt32.max - 1)")
    try require(
      mapping.size <= UInt32.max - mapping.hostID, at() + ".size",
      "\(mapping.size) IDs from hostID \(mapping.hostID) go beyond \(UInt32.max - 1)")
    for (other, earlier) in mappings[..<index].enumerated() {
      try require(
        !overlap(mapping.containerID, mapping.size, earlier.containerID, earlier.size), at() + ".containerID",
        "overlaps entry \(other)")
      try require(
        !overlap(mapping.hostID, mapping.size, earlier.hostID, earlier.size), at() + ".hostID",
        "overlaps entry \(other)")
    }
  }
}

private func overlap(_ first: UInt32, _ firstSize: UInt32, _ second: UInt32, _ secondSize: UInt32) -> Bool {
  first <= second ? second - first < firstSize : first - second < secondSize
}
