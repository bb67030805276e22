extension Spec: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      ociVersion: object.required("ociVersion").string(),
      root: object.value("root"),
      process: object.value("process"),
      hostname: object.string("hostname"),
      domainname: object.string("domainname"),
      mounts: object.list("mounts"),
      hooks: object.value("hooks"),
      annotations: object.stringDictionary("annotations"),
      linux: object.value("linux"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("ociVersion", ociVersion)
      writer.member("root", root)
      writer.member("process", process)
      writer.member("hostname", hostname)
      writer.member("domainname", domainname)
      writer.member("mounts", mounts)
      writer.member("hooks", hooks)
      writer.member("annotations", annotations)
      writer.member("linux", linux)
    }
  }
}

extension Root: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      path: object.required("path").string(),
      readonly: object.bool("readonly") ?? false)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("path", path)
      writer.member("readonly", readonly ? true : nil)
    }
  }
}
