extension LinuxResources: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      devices: object.list("devices"),
      memory: object.value("memory"),
      cpu: object.value("cpu"),
      pids: object.value("pids"),
      blockIO: object.value("blockIO"),
      hugepageLimits: object.list("hugepageLimits"),
      network: object.value("network"),
      rdma: object.dictionary("rdma"),
      unified: object.stringDictionary("unified"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("devices", devices)
      writer.member("memory", memory)
      writer.member("cpu", cpu)
      writer.member("pids", pids)
      writer.member("blockIO", blockIO)
      writer.member("hugepageLimits", hugepageLimits)
      writer.member("network", network)
      writer.member("rdma", rdma)
      writer.member("unified", unified)
    }
  }
}

extension LinuxMemory: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      limit: object.integer("limit"),
      reservation: object.integer("reservation"),
      swap: object.integer("swap"),
      kernel: object.integer("kernel"),
      kernelTCP: object.integer("kernelTCP"),
      swappiness: object.integer("swappiness"),
      disableOOMKiller: object.bool("disableOOMKiller"),
      useHierarchy: object.bool("useHierarchy"),
      checkBeforeUpdate: object.bool("checkBeforeUpdate"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("limit", limit)
      writer.member("reservation", reservation)
      writer.member("swap", swap)
      writer.member("kernel", kernel)
      writer.member("kernelTCP", kernelTCP)
      writer.member("swappiness", swappiness)
      writer.member("disableOOMKiller", disableOOMKiller)
      writer.member("useHierarchy", useHierarchy)
      writer.member("checkBeforeUpdate", checkBeforeUpdate)
    }
  }
}

extension LinuxCPU: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      shares: object.integer("shares"),
      quota: object.integer("quota"),
      burst: object.integer("burst"),
      period: object.integer("period"),
      realtimeRuntime: object.integer("realtimeRuntime"),
      realtimePeriod: object.integer("realtimePeriod"),
      cpus: object.string("cpus"),
      mems: object.string("mems"),
      idle: object.integer("idle"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("shares", shares)
      writer.member("quota", quota)
      writer.member("burst", burst)
      writer.member("period", period)
      writer.member("realtimeRuntime", realtimeRuntime)
      writer.member("realtimePeriod", realtimePeriod)
      writer.member("cpus", cpus)
      writer.member("mems", mems)
      writer.member("idle", idle)
    }
  }
}

extension LinuxPids: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      limit: object.integer("limit"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("limit", limit)
    }
  }
}

extension LinuxHugepageLimit: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      pageSize: object.required("pageSize").string(),
      limit: object.required("limit").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("pageSize", pageSize)
      writer.member("limit", limit)
    }
  }
}

extension LinuxNetwork: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      classID: object.integer("classID"),
      priorities: object.list("priorities"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("classID", classID)
      writer.member("priorities", priorities)
    }
  }
}

extension LinuxInterfacePriority: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      name: object.required("name").string(),
      priority: object.required("priority").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("name", name)
      writer.member("priority", priority)
    }
  }
}

extension LinuxRdma: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      hcaHandles: object.integer("hcaHandles"),
      hcaObjects: object.integer("hcaObjects"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("hcaHandles", hcaHandles)
      writer.member("hcaObjects", hcaObjects)
    }
  }
}
