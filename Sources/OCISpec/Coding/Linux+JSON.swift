extension Linux: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      namespaces: object.list("namespaces"),
      uidMappings: object.list("uidMappings"),
      gidMappings: object.list("gidMappings"),
      timeOffsets: object.dictionary("timeOffsets"),
      devices: object.list("devices"),
      netDevices: object.dictionary("netDevices"),
      cgroupsPath: object.string("cgroupsPath"),
      resources: object.value("resources"),
      intelRdt: object.value("intelRdt"),
      memoryPolicy: object.value("memoryPolicy"),
      sysctl: object.stringDictionary("sysctl"),
      seccomp: object.value("seccomp"),
      rootfsPropagation: object.string("rootfsPropagation"),
      maskedPaths: object.strings("maskedPaths"),
      readonlyPaths: object.strings("readonlyPaths"),
      mountLabel: object.string("mountLabel"),
      personality: object.value("personality"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("namespaces", namespaces)
      writer.member("uidMappings", uidMappings)
      writer.member("gidMappings", gidMappings)
      writer.member("timeOffsets", timeOffsets)
      writer.member("devices", devices)
      writer.member("netDevices", netDevices)
      writer.member("cgroupsPath", cgroupsPath)
      writer.member("resources", resources)
      writer.member("intelRdt", intelRdt)
      writer.member("memoryPolicy", memoryPolicy)
      writer.member("sysctl", sysctl)
      writer.member("seccomp", seccomp)
      writer.member("rootfsPropagation", rootfsPropagation)
      writer.member("maskedPaths", maskedPaths)
      writer.member("readonlyPaths", readonlyPaths)
      writer.member("mountLabel", mountLabel)
      writer.member("personality", personality)
    }
  }
}

extension LinuxPersonality: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      domain: object.required("domain").choice(),
      flags: object.strings("flags"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("domain", domain)
      writer.member("flags", flags)
    }
  }
}
