extension LinuxSeccomp: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      defaultAction: object.required("defaultAction").choice(),
      defaultErrnoRet: object.integer("defaultErrnoRet"),
      architectures: object.choices("architectures"),
      flags: object["flags"]?.choices(),
      listenerPath: object.string("listenerPath"),
      listenerMetadata: object.string("listenerMetadata"),
      syscalls: object.list("syscalls"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("defaultAction", defaultAction)
      writer.member("defaultErrnoRet", defaultErrnoRet)
      writer.member("architectures", architectures)
      writer.member("flags", flags.map { $0.map(\.rawValue) })
      writer.member("listenerPath", listenerPath)
      writer.member("listenerMetadata", listenerMetadata)
      writer.member("syscalls", syscalls)
    }
  }
}

extension LinuxSyscall: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      names: object.required("names").strings(),
      action: object.required("action").choice(),
      errnoRet: object.integer("errnoRet"),
      args: object.list("args"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("names", names)
      writer.member("action", action)
      writer.member("errnoRet", errnoRet)
      writer.member("args", args)
    }
  }
}

extension LinuxSeccompArg: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      index: object.required("index").integer(),
      value: object.required("value").integer(),
      valueTwo: object.integer("valueTwo") ?? 0,
      op: object.required("op").choice())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("index", index)
      writer.member("value", value)
      writer.member("valueTwo", valueTwo)
      writer.member("op", op)
    }
  }
}
