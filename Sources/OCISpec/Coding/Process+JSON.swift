extension Process: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      terminal: object.bool("terminal") ?? false,
      consoleSize: object.value("consoleSize"),
      user: object.value("user") ?? User(),
      args: object.strings("args"),
      env: object.strings("env"),
      cwd: object.required("cwd").string(),
      capabilities: object.value("capabilities"),
      rlimits: object.list("rlimits"),
      noNewPrivileges: object.bool("noNewPrivileges") ?? false,
      apparmorProfile: object.string("apparmorProfile"),
      oomScoreAdj: object.integer("oomScoreAdj"),
      scheduler: object.value("scheduler"),
      selinuxLabel: object.string("selinuxLabel"),
      ioPriority: object.value("ioPriority"),
      execCPUAffinity: object.value("execCPUAffinity"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("terminal", terminal ? true : nil)
      writer.member("consoleSize", consoleSize)
      writer.member("user", user)
      writer.member("args", args)
      writer.member("env", env)
      writer.member("cwd", cwd)
      writer.member("capabilities", capabilities)
      writer.member("rlimits", rlimits)
      writer.member("noNewPrivileges", noNewPrivileges ? true : nil)
      writer.member("apparmorProfile", apparmorProfile)
      writer.member("oomScoreAdj", oomScoreAdj)
      writer.member("scheduler", scheduler)
      writer.member("selinuxLabel", selinuxLabel)
      writer.member("ioPriority", ioPriority)
      writer.member("execCPUAffinity", execCPUAffinity)
    }
  }
}

extension Box: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      height: object.required("height").integer(),
      width: object.required("width").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("height", height)
      writer.member("width", width)
    }
  }
}

extension User: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      uid: object.integer("uid") ?? 0,
      gid: object.integer("gid") ?? 0,
      umask: object.integer("umask"),
      additionalGids: object.integers("additionalGids"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("uid", uid)
      writer.member("gid", gid)
      writer.member("umask", umask)
      writer.member("additionalGids", additionalGids)
    }
  }
}

extension LinuxCapabilities: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      bounding: object.strings("bounding"),
      effective: object.strings("effective"),
      inheritable: object.strings("inheritable"),
      permitted: object.strings("permitted"),
      ambient: object.strings("ambient"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("bounding", bounding)
      writer.member("effective", effective)
      writer.member("inheritable", inheritable)
      writer.member("permitted", permitted)
      writer.member("ambient", ambient)
    }
  }
}

extension POSIXRlimit: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      type: object.required("type").string(),
      soft: object.required("soft").integer(),
      hard: object.required("hard").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", type)
      writer.member("soft", soft)
      writer.member("hard", hard)
    }
  }
}

extension CPUAffinity: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      initial: object.string("initial"),
      final: object.string("final"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("initial", initial)
      writer.member("final", final)
    }
  }
}
