extension LinuxBlockIO: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      weight: object.integer("weight"),
      leafWeight: object.integer("leafWeight"),
      weightDevice: object.list("weightDevice"),
      throttleReadBpsDevice: object.list("throttleReadBpsDevice"),
      throttleWriteBpsDevice: object.list("throttleWriteBpsDevice"),
      throttleReadIOPSDevice: object.list("throttleReadIOPSDevice"),
      throttleWriteIOPSDevice: object.list("throttleWriteIOPSDevice"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("weight", weight)
      writer.member("leafWeight", leafWeight)
      writer.member("weightDevice", weightDevice)
      writer.member("throttleReadBpsDevice", throttleReadBpsDevice)
      writer.member("throttleWriteBpsDevice", throttleWriteBpsDevice)
      writer.member("throttleReadIOPSDevice", throttleReadIOPSDevice)
      writer.member("throttleWriteIOPSDevice", throttleWriteIOPSDevice)
    }
  }
}

extension LinuxWeightDevice: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      major: object.required("major").integer(),
      minor: object.required("minor").integer(),
      weight: object.integer("weight"),
      leafWeight: object.integer("leafWeight"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("major", major)
      writer.member("minor", minor)
      writer.member("weight", weight)
      writer.member("leafWeight", leafWeight)
    }
  }
}

extension LinuxThrottleDevice: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      major: object.required("major").integer(),
      minor: object.required("minor").integer(),
      rate: object.required("rate").integer())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("major", major)
      writer.member("minor", minor)
      writer.member("rate", rate)
    }
  }
}
