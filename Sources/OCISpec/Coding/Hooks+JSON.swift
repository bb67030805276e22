extension Hooks: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      prestart: object.list("prestart"),
      createRuntime: object.list("createRuntime"),
      createContainer: object.list("createContainer"),
      startContainer: object.list("startContainer"),
      poststart: object.list("poststart"),
      poststop: object.list("poststop"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("prestart", prestart)
      writer.member("createRuntime", createRuntime)
      writer.member("createContainer", createContainer)
      writer.member("startContainer", startContainer)
      writer.member("poststart", poststart)
      writer.member("poststop", poststop)
    }
  }
}

extension Hook: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      path: object.required("path").string(),
      args: object.strings("args"),
      env: object.strings("env"),
      timeout: object.integer("timeout"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("path", path)
      writer.member("args", args)
      writer.member("env", env)
      writer.member("timeout", timeout)
    }
  }
}
