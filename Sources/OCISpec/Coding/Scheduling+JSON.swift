extension Scheduler: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      policy: object.required("policy").choice(),
      nice: object.integer("nice"),
      priority: object.integer("priority"),
      flags: object.choices("flags"),
      runtime: object.integer("runtime"),
      deadline: object.integer("deadline"),
      period: object.integer("period"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("policy", policy)
      writer.member("nice", nice)
      writer.member("priority", priority)
      writer.member("flags", flags)
      writer.member("runtime", runtime)
      writer.member("deadline", deadline)
      writer.member("period", period)
    }
  }
}

extension LinuxIOPriority: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      class: object.required("class").choice(),
      priority: object.required("priority").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("class", `class`)
      writer.member("priority", priority)
    }
  }
}
