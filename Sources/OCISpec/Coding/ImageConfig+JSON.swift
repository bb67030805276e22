extension ImageConfig: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let rootfs = try object["rootfs"]?.object()
    if let type = rootfs?["type"], try type.string() != "layers" {
      throw type.error("must be layers, not \(quoted(try type.string()))")
    }
    try self.init(
      created: object.string("created"), author: object.string("author"),
      architecture: object.string("architecture") ?? "", os: object.string("os") ?? "",
      variant: object.string("variant"), config: object.value("config") ?? Execution(),
      diffIDs: rootfs?.list("diff_ids") ?? [], history: object.list("history"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("created", created)
      writer.member("author", author)
      writer.member("architecture", architecture)
      writer.member("os", os)
      writer.member("variant", variant)
      writer.member("config", config)
      writer.name("rootfs")
      writer.object { writer in
        writer.member("type", "layers")
        writer.name("diff_ids")
        writer.array { writer in for diffID in diffIDs { diffID.write(to: &writer) } }
      }
      writer.member("history", history)
    }
  }
}

extension ImageConfig.Execution: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    user = try object.string("User")
    exposedPorts = try object.keys("ExposedPorts")
    env = try object.strings("Env")
    entrypoint = try object.words("Entrypoint")
    command = try object.words("Cmd")
    volumes = try object.keys("Volumes")
    workingDir = try object.string("WorkingDir")
    labels = try object.texts("Labels")
    stopSignal = try object.string("StopSignal")
    stopTimeout = try object.integer("StopTimeout")
    healthcheck = try object.value("Healthcheck")
    shell = try object.words("Shell") ?? []
    onBuild = try object.strings("OnBuild")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("User", user)
      writer.members("ExposedPorts", exposedPorts)
      writer.member("Env", env)
      writer.member("Entrypoint", entrypoint)
      writer.member("Cmd", command)
      writer.members("Volumes", volumes)
      writer.member("WorkingDir", workingDir)
      writer.member("Labels", labels)
      writer.member("StopSignal", stopSignal)
      writer.member("StopTimeout", stopTimeout)
      writer.member("Healthcheck", healthcheck)
      writer.member("Shell", shell)
      writer.member("OnBuild", onBuild)
    }
  }
}

extension ImageConfig.Healthcheck: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init(test: try object.words("Test") ?? [])
    interval = try object.duration("Interval")
    timeout = try object.duration("Timeout")
    startPeriod = try object.duration("StartPeriod")
    startInterval = try object.duration("StartInterval")
    retries = try object.integer("Retries") ?? 0
    if retries < 0 { throw try object.required("Retries").error("must not be negative") }
  }

  public func write(to writer: inout JSONWriter) {
    func said(_ value: Int64) -> Int64? { value == 0 ? nil : value }
    writer.object { writer in
      writer.member("Test", test)
      writer.member("Interval", said(interval))
      writer.member("Timeout", said(timeout))
      writer.member("StartPeriod", said(startPeriod))
      writer.member("StartInterval", said(startInterval))
      writer.member("Retries", said(Int64(retries)))
    }
  }
}

extension ImageConfig.History: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      created: object.string("created"), createdBy: object.string("created_by"),
      author: object.string("author"), comment: object.string("comment"),
      isEmptyLayer: object.bool("empty_layer") ?? false)
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("created", created)
      writer.member("created_by", createdBy)
      writer.member("author", author)
      writer.member("comment", comment)
      writer.member("empty_layer", isEmptyLayer ? true : nil)
    }
  }
}

extension JSONObject {
  /// The names of an object that stands for a set, in order; empty where it is absent or null.
  fileprivate func keys(_ name: StaticString) throws(SpecError) -> [String] {
    try dictionary(name) { (_) throws(SpecError) in () }.keys.sorted()
  }

  /// A command: an array, or one word. Nil where it is absent or null.
  fileprivate func words(_ name: StaticString) throws(SpecError) -> [String]? {
    guard let node = self[name] else { return nil }
    return node.kind == .string ? [try node.string()] : try node.strings()
  }

  /// Nanoseconds; 0 where they are absent or null.
  fileprivate func duration(_ name: StaticString) throws(SpecError) -> Int64 {
    guard let node = self[name] else { return 0 }
    let value: Int64 = try node.integer()
    if value < 0 { throw node.error("must not be negative") }
    return value
  }
}

extension JSONWriter {
  /// Writes a set as an object of empty objects, or nothing.
  fileprivate mutating func members(_ name: StaticString, _ names: [String]) {
    guard !names.isEmpty else { return }
    self.name(name)
    object { writer in
      for name in names {
        writer.name(name)
        writer.object { _ in }
      }
    }
  }
}
