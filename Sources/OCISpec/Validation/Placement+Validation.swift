extension LinuxIntelRdt {
  /// Source: runtime-spec 1.3.0, config-linux.md, "IntelRdt".
  func validate(at path: String = "linux.intelRdt") throws(SpecError) {
    if let closID, closID != "/" {
      try require(
        !closID.isEmpty && closID != "." && closID != ".." && !closID.hasByte(UInt8(ascii: "/"))
          && !closID.hasLineBreak,
        path + ".closID", "must be a plain directory name, not \(quoted(closID))")
      try require(
        !["info", "mon_groups", "mon_data"].contains(closID), path + ".closID",
        "must not be \(quoted(closID)), which resctrl itself uses")
      try checkText(closID, path + ".closID")
    }
    if let l3CacheSchema {
      try checkText(l3CacheSchema, path + ".l3CacheSchema")
      for line in l3CacheSchema.utf8.split(separator: 0x0A) {
        try require(
          line.starts(with: "L3".utf8) || line.starts(with: "MB:".utf8), path + ".l3CacheSchema",
          "must begin with 'L3:', unlike \(quoted(l3CacheSchema))")
      }
    }
    if let memBwSchema {
      try checkText(memBwSchema, path + ".memBwSchema")
      try require(
        memBwSchema.hasBytes("MB:"), path + ".memBwSchema",
        "must begin with 'MB:', unlike \(quoted(memBwSchema))")
      try require(!memBwSchema.hasLineBreak, path + ".memBwSchema", "must not contain a line break")
    }
    for (index, line) in (schemata ?? []).enumerated() {
      try checkText(line, path + ".schemata[\(index)]")
      try require(!line.hasLineBreak, path + ".schemata[\(index)]", "must not contain a line break")
      try require(
        line.hasByte(UInt8(ascii: ":")), path + ".schemata[\(index)]",
        "must have the form RESOURCE:ID=VALUE, not \(quoted(line))")
    }
  }
}

extension LinuxMemoryPolicy {
  /// The kernel's own conditions. Source: set_mempolicy(2).
  func validate(at path: String = "linux.memoryPolicy") throws(SpecError) {
    try checkNumberList(nodes, path + ".nodes")
    let hasNodes = nodes.flatMap(NumberList.init).map { !$0.ranges.isEmpty } ?? false
    switch mode {
    case .systemDefault, .local:
      try require(!hasNodes, path + ".nodes", "must be empty for \(mode.rawValue)")
      try require(flags.isEmpty, path + ".flags", "must be empty for \(mode.rawValue)")
    case .bind, .interleave, .weightedInterleave, .preferredMany:
      try require(hasNodes, path + ".nodes", "is required for \(mode.rawValue)")
    case .preferred:
      try require(
        hasNodes || !flags.contains { $0 == .staticNodes || $0 == .relativeNodes }, path + ".flags",
        "need nodes for \(mode.rawValue)")
    }
    try require(
      !(flags.contains(.staticNodes) && flags.contains(.relativeNodes)), path + ".flags",
      "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other")
    try require(
      !flags.contains(.numaBalancing) || mode == .bind || mode == .preferredMany, path + ".flags",
      "MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY only")
  }
}
