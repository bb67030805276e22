extension LinuxNamespace: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      type: object.required("type").choice(),
      path: object.string("path"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", type)
      writer.member("path", path)
    }
  }
}

extension LinuxIDMapping: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      containerID: object.required("containerID").integer(),
      hostID: object.required("hostID").integer(),
      size: object.required("size").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("containerID", containerID)
      writer.member("hostID", hostID)
      writer.member("size", size)
    }
  }
}

extension LinuxTimeOffset: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      secs: object.integer("secs") ?? 0,
      nanosecs: object.integer("nanosecs") ?? 0)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("secs", secs)
      writer.member("nanosecs", nanosecs)
    }
  }
}

extension LinuxNetDevice: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      name: object.string("name"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
    }
  }
}
