extension Digest: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let text = try node.string()
    guard let digest = Digest(text) else {
      throw node.error("must be sha256: and 64 lower-case hexadecimal digits, not \(quoted(text))")
    }
    self = digest
  }

  public func write(to writer: inout JSONWriter) { writer.string(description) }
}

extension Descriptor: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let size = try object.required("size")
    try self.init(
      mediaType: object.string("mediaType") ?? "", digest: Digest(json: object.required("digest")),
      size: size.integer(), urls: object.strings("urls"), annotations: object.texts("annotations"),
      platform: object.value("platform"))
    if self.size < 0 { throw size.error("must not be negative") }
    if self.size > Self.maximumSize { throw size.error("must be at most \(Self.maximumSize)") }
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("mediaType", mediaType.isEmpty ? nil : mediaType)
      writer.member("digest", digest)
      writer.member("size", size)
      writer.member("urls", urls)
      writer.member("annotations", annotations)
      writer.member("platform", platform)
    }
  }
}

extension Platform: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      architecture: object.string("architecture") ?? "", os: object.string("os") ?? "",
      variant: object.string("variant"), osVersion: object.string("os.version"),
      osFeatures: object.strings("os.features"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("architecture", architecture)
      writer.member("os", os)
      writer.member("os.version", osVersion)
      writer.member("os.features", osFeatures)
      writer.member("variant", variant)
    }
  }
}

extension ImageManifest: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try checkSchema(of: object)
    let mediaType = try object.string("mediaType") ?? MediaType.manifest
    guard MediaType.isManifest(mediaType) else {
      throw SpecError(
        jsonPath(node.path, "mediaType"), "must be that of a manifest, not \(quoted(mediaType))")
    }
    // One text that is both would be one image to some and another to others.
    if let other = object["manifests"] { throw other.error("must not be in a manifest") }
    try self.init(
      mediaType: mediaType, config: Descriptor(json: object.required("config")),
      layers: object.list("layers"),
      annotations: object.texts("annotations"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("schemaVersion", 2)
      writer.member("mediaType", mediaType)
      writer.member("config", config)
      writer.name("layers")
      writer.array { writer in for layer in layers { layer.write(to: &writer) } }
      writer.member("annotations", annotations)
    }
  }
}

extension ImageIndex: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try checkSchema(of: object)
    let mediaType = try object.string("mediaType") ?? MediaType.index
    guard MediaType.isIndex(mediaType) else {
      throw SpecError(jsonPath(node.path, "mediaType"), "must be that of an index, not \(quoted(mediaType))")
    }
    if let other = object["layers"] ?? object["config"] { throw other.error("must not be in an index") }
    try self.init(
      mediaType: mediaType, manifests: object.list("manifests"), annotations: object.texts("annotations"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("schemaVersion", 2)
      writer.member("mediaType", mediaType)
      writer.name("manifests")
      writer.array { writer in for manifest in manifests { manifest.write(to: &writer) } }
      writer.member("annotations", annotations)
    }
  }
}

private func checkSchema(of object: JSONObject) throws(SpecError) {
  let version = try object.required("schemaVersion")
  let number: Int = try version.integer()
  if number == 1 {
    throw version.error("must be 2, not 1", hint: "images in Docker's first format must be pushed anew")
  }
  if number != 2 { throw version.error("must be 2, not \(number)") }
}

extension JSONObject {
  /// An object of strings, where null is an empty one as in Go; empty where it is absent or null.
  func texts(_ name: StaticString) throws(SpecError) -> [String: String] {
    try dictionary(name) { (value) throws(SpecError) in value.kind == .null ? "" : try value.string() }
  }
}
