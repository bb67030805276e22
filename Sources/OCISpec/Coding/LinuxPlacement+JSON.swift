extension LinuxIntelRdt: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    // Up to 1.2.1 there was a switch for each kind of counter; a monitoring group has them all.
    let (cache, bandwidth) = (try object.bool("enableCMT"), try object.bool("enableMBM"))
    let former: Bool? = cache == true || bandwidth == true ? true : nil
    try self.init(
      closID: object.string("closID"),
      schemata: object["schemata"]?.strings(),
      l3CacheSchema: object.string("l3CacheSchema"),
      memBwSchema: object.string("memBwSchema"),
      enableMonitoring: object.bool("enableMonitoring") ?? former)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("closID", closID)
      writer.member("schemata", schemata)
      writer.member("l3CacheSchema", l3CacheSchema)
      writer.member("memBwSchema", memBwSchema)
      writer.member("enableMonitoring", enableMonitoring)
    }
  }
}

extension LinuxMemoryPolicy: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      mode: object.required("mode").choice(),
      nodes: object.string("nodes"),
      flags: object.choices("flags"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("mode", mode)
      writer.member("nodes", nodes)
      writer.member("flags", flags)
    }
  }
}
