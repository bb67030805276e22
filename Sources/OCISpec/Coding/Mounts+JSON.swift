extension Mount: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      destination: object.required("destination").string(),
      type: object.string("type"),
      source: object.string("source"),
      options: object.strings("options"),
      uidMappings: object.list("uidMappings"),
      gidMappings: object.list("gidMappings"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("destination", destination)
      writer.member("type", type)
      writer.member("source", source)
      writer.member("options", options)
      writer.member("uidMappings", uidMappings)
      writer.member("gidMappings", gidMappings)
    }
  }
}
