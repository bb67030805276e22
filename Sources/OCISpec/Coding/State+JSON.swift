extension State: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      ociVersion: object.required("ociVersion").string(),
      id: object.required("id").string(),
      status: object.required("status").choice(),
      pid: object.integer("pid"),
      bundle: object.required("bundle").string(),
      annotations: object.stringDictionary("annotations"),
      rootfs: object.string("rootfs"),
      created: object.string("created"),
      owner: object.string("owner"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("ociVersion", ociVersion)
      writer.member("id", id)
      writer.member("status", status)
      writer.member("pid", pid)
      writer.member("bundle", bundle)
      writer.member("annotations", annotations)
      writer.member("rootfs", rootfs)
      writer.member("created", created)
      writer.member("owner", owner)
    }
  }
}

extension ContainerProcessState: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      ociVersion: object.required("ociVersion").string(),
      fds: object.strings("fds"),
      pid: object.required("pid").integer(),
      metadata: object.string("metadata"),
      state: State(json: object.required("state")))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("ociVersion", ociVersion)
      writer.member("fds", fds)
      writer.member("pid", pid)
      writer.member("metadata", metadata)
      writer.member("state", state)
    }
  }
}
