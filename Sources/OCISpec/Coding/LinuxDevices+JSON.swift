extension LinuxDevice: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      path: object.required("path").string(),
      type: object.required("type").string(),
      major: object.integer("major"),
      minor: object.integer("minor"),
      fileMode: object.integer("fileMode"),
      uid: object.integer("uid"),
      gid: object.integer("gid"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("path", path)
      writer.member("type", type)
      writer.member("major", major)
      writer.member("minor", minor)
      writer.member("fileMode", fileMode)
      writer.member("uid", uid)
      writer.member("gid", gid)
    }
  }
}

extension LinuxDeviceCgroup: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      allow: object.required("allow").bool(),
      type: object.string("type"),
      major: object.integer("major"),
      minor: object.integer("minor"),
      access: object.string("access"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("allow", allow)
      writer.member("type", type)
      writer.member("major", major)
      writer.member("minor", minor)
      writer.member("access", access)
    }
  }
}
