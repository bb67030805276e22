import OCISpec

extension ResourceLimits: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    memory = try object.integer("memory")
    memorySwap = try object.integer("memorySwap")
    memoryReservation = try object.integer("memoryReservation")
    memorySwappiness = try object.integer("memorySwappiness")
    disablesOOMKiller = try object.flag("disablesOOMKiller")
    oomScoreAdjustment = try object.integer("oomScoreAdjustment")
    nanoCPUs = try object.integer("nanoCPUs")
    cpuShares = try object.integer("cpuShares")
    cpuPeriod = try object.integer("cpuPeriod")
    cpuQuota = try object.integer("cpuQuota")
    cpuset = try object.string("cpuset")
    memoryNodes = try object.string("memoryNodes")
    pids = try object.integer("pids")
    blockWeight = try object.integer("blockWeight")
    blockWeightDevices = try object.list("blockWeightDevices")
    readBytes = try object.list("readBytes")
    writeBytes = try object.list("writeBytes")
    readOperations = try object.list("readOperations")
    writeOperations = try object.list("writeOperations")
    ulimits = try object.list("ulimits")
    sharedMemory = try object.integer("sharedMemory")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("memory", memory)
      writer.member("memorySwap", memorySwap)
      writer.member("memoryReservation", memoryReservation)
      writer.member("memorySwappiness", memorySwappiness)
      writer.member("disablesOOMKiller", flag: disablesOOMKiller)
      writer.member("oomScoreAdjustment", oomScoreAdjustment)
      writer.member("nanoCPUs", nanoCPUs)
      writer.member("cpuShares", cpuShares)
      writer.member("cpuPeriod", cpuPeriod)
      writer.member("cpuQuota", cpuQuota)
      writer.member("cpuset", cpuset)
      writer.member("memoryNodes", memoryNodes)
      writer.member("pids", pids)
      writer.member("blockWeight", blockWeight)
      writer.member("blockWeightDevices", blockWeightDevices)
      writer.member("readBytes", readBytes)
      writer.member("writeBytes", writeBytes)
      writer.member("readOperations", readOperations)
      writer.member("writeOperations", writeOperations)
      writer.member("ulimits", ulimits)
      writer.member("sharedMemory", sharedMemory)
    }
  }
}

extension DeviceRate: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(path: object.required("path").string(), rate: object.required("rate").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("path", path)
      writer.member("rate", rate)
    }
  }
}

extension Ulimit: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      name: object.required("name").string(), soft: object.required("soft").integer(),
      hard: object.required("hard").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("soft", soft)
      writer.member("hard", hard)
    }
  }
}
