import Glibc
import Images
import OCISpec
import Runtime
import Testing

@testable import Archives

/// A small image, as its pieces.
private struct Sample {
  let layers: [[UInt8]]
  let config: [UInt8]
  var manifest: ImageManifest
  var text: [UInt8] { manifest.json() }

  init(_ name: String, compression: MediaType.Compression = .none) throws {
    let plain = ["one", "two"].map { layer in TarBytes { $0.file(layer, name) }.whole }
    layers = try plain.map { try Scratch.compressed($0, compression) }
    config = ImageConfig(architecture: "amd64", diffIDs: plain.map { StreamDigest.digest(of: $0) }).json()
    let type =
      compression == .gzip
      ? MediaType.layerGzip : compression == .zstd ? MediaType.layerZstd : MediaType.layer
    manifest = ImageManifest(
      config: Self.descriptor(config, MediaType.config), layers: layers.map { Self.descriptor($0, type) })
  }

  static func descriptor(_ bytes: [UInt8], _ type: String) -> Descriptor {
    Descriptor(mediaType: type, digest: StreamDigest.digest(of: bytes), size: Int64(bytes.count))
  }

  var descriptor: Descriptor { Self.descriptor(text, MediaType.manifest) }
  var blobs: [[UInt8]] { layers + [config, text] }

  /// As docker wrote it until version 24.
  func oldArchive(tags: [String], _ change: (inout TarBytes) -> Void = { _ in }) -> [UInt8] {
    TarBytes { tar in
      let id = String(repeating: "a", count: 64)
      tar.folder("one/")
      tar.file("one/VERSION", "1.0")
      tar.file("one/json", "{}")
      tar.entry(Array("one/layer.tar".utf8), layers[0])
      tar.folder("two/")
      tar.symbolicLink("two/layer.tar", to: "../\(id).tar")
      tar.entry(Array("\(id).tar".utf8), layers[1])
      tar.entry(Array("config.json".utf8), config)
      change(&tar)
      let tags = tags.map { "\"\($0)\"" }.joined(separator: ",")
      tar.file(
        "manifest.json",
        #"[{"Config":"config.json","RepoTags":[\#(tags)],"Layers":["one/layer.tar","two/layer.tar"]}]"#)
      tar.file("repositories", "{}")
    }.whole
  }

  /// An OCI layout.
  func layout(
    _ annotations: [String: String], without: Int? = nil, _ change: (inout TarBytes) -> Void = { _ in }
  ) -> [UInt8] {
    TarBytes { tar in
      tar.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)
      var entry = descriptor
      entry.annotations = annotations
      tar.entry(Array("index.json".utf8), ImageIndex(manifests: [entry]).json())
      for (index, blob) in blobs.enumerated() where index != without {
        tar.entry(Array("blobs/sha256/\(StreamDigest.digest(of: blob).hex)".utf8), blob)
      }
      change(&tar)
    }.whole
  }
}

extension Scratch {
  fileprivate func store(_ name: String = "data") -> ImageStore {
    ImageStore(images: path + "/\(name)/images", layers: path + "/\(name)/layers")
  }

  fileprivate func holding(
    _ store: ImageStore, _ body: (ImageArchiveReader<ImageStore>) throws -> [LoadedImage]
  ) throws -> [LoadedImage] {
    let lock = try store.hold(.adding)
    let images = try body(ImageArchiveReader(into: store, name: "archive"))
    lock.release()
    return images
  }

  fileprivate func load(_ bytes: [UInt8], into store: ImageStore) throws -> [LoadedImage] {
    try holding(store) { try $0.read(ByteArraySource(bytes, step: 5000)) }
  }

  fileprivate func refusal(_ bytes: [UInt8]) -> String {
    do {
      _ = try load(bytes, into: store())
      return ""
    } catch {
      return "\(error)"
    }
  }
}

@Suite struct ImageArchiveTests {
  @Test(arguments: MediaType.Compression.allCases, MediaType.Compression.allCases)
  func oldForm(_ whole: MediaType.Compression, _ inner: MediaType.Compression) throws {
    let scratch = Scratch()
    let store = scratch.store()
    let sample = try Sample("old", compression: inner)
    let bytes = try Scratch.compressed(sample.oldArchive(tags: ["demo:1", "example.com/a/demo"]), whole)
    let images = try scratch.load(bytes, into: store)
    #expect(images.count == 1)
    #expect(images[0].references.map(\.familiar) == ["demo:1", "example.com/a/demo:latest"])
    let image = try store.image(images[0].manifest)
    #expect(image.id == StreamDigest.digest(of: sample.config))
    #expect(image.manifest == sample.descriptor)
    for (layer, expected) in zip(image.layers, sample.manifest.layers) { #expect(layer == expected) }
  }

  @Test func layouts() throws {
    let scratch = Scratch()
    let store = scratch.store()
    let sample = try Sample("layout", compression: .gzip)
    let names = [
      (["io.containerd.image.name": "docker.io/library/demo:3"], ["demo:3"]),
      (["org.opencontainers.image.ref.name": "example.com/demo:2"], ["example.com/demo:2"]),
      (["org.opencontainers.image.ref.name": "latest"], []), ([:], []),
    ]
    for (annotations, references) in names {
      let images = try scratch.load(sample.layout(annotations), into: store)
      #expect(
        images == [
          LoadedImage(manifest: sample.descriptor, references: try references.map { try ImageReference($0) })
        ])
    }
  }

  @Test func forthAndBack() throws {
    let scratch = Scratch()
    let (first, second) = (scratch.store("first"), scratch.store("second"))
    let samples = try [Sample("a"), Sample("b", compression: .zstd)]
    for sample in samples { _ = try scratch.load(sample.layout([:]), into: first) }
    let wanted = [
      ImageArchiveWriter<ImageStore>.Image(
        manifest: samples[0].descriptor,
        references: try [ImageReference("demo:1"), ImageReference("example.com/x/y:2")]),
      ImageArchiveWriter<ImageStore>.Image(manifest: samples[1].descriptor, references: []),
    ]
    var bytes: [UInt8] = []
    try ImageArchiveWriter(from: first).write(wanted) { (part) throws(Failure) in bytes += part }
    let images = try scratch.load(bytes, into: second)
    #expect(images.map(\.manifest) == wanted.map(\.manifest))
    #expect(images.map(\.references) == wanted.map(\.references))
    for sample in samples {
      for blob in sample.blobs { #expect(try second.read(StreamDigest.digest(of: blob)) == blob) }
    }
    var again: [UInt8] = []
    try ImageArchiveWriter(from: second).write(wanted) { (part) throws(Failure) in again += part }
    #expect(again == bytes)
    // Those who know the older form alone read it as well.
    try Files.replace(scratch.path + "/archive.tar", bytes)
    let text = try scratch.run("tar -xOf archive.tar manifest.json")
    #expect(text.contains("\"RepoTags\":[\"demo:1\",\"example.com/x/y:2\"]"))
    #expect(try scratch.run("tar -tf archive.tar | tail -3") == "index.json\nmanifest.json\noci-layout\n")
  }

  /// As `docker save` writes it today: names in both places.
  @Test func bothForms() throws {
    let scratch = Scratch()
    let sample = try Sample("both")
    let config = sample.manifest.config.digest.hex
    let bytes = sample.layout(["io.containerd.image.name": "docker.io/library/demo:1"]) { tar in
      tar.file(
        "manifest.json", #"[{"Config":"blobs/sha256/\#(config)","RepoTags":["demo:1","demo:2"],"Layers":[]}]"#
      )
    }
    let images = try scratch.load(bytes, into: scratch.store())
    #expect(images.map { $0.references.map(\.familiar) } == [["demo:1", "demo:2"]])
  }

  @Test func indexOfPlatforms() throws {
    let scratch = Scratch()
    let sample = try Sample("here")
    let other = try Sample("elsewhere")
    let index = ImageIndex(manifests: [other.descriptor, sample.descriptor]).json()
    let bytes = TarBytes { tar in
      for blob in sample.blobs + [index] {
        tar.entry(Array("blobs/sha256/\(StreamDigest.digest(of: blob).hex)".utf8), blob)
      }
      tar.entry(
        Array("index.json".utf8), ImageIndex(manifests: [Sample.descriptor(index, MediaType.index)]).json())
    }.whole
    let images = try scratch.load(bytes, into: scratch.store())
    #expect(images.map(\.manifest) == [Sample.descriptor(index, MediaType.index)])
  }

  @Test func folders() throws {
    let scratch = Scratch()
    let sample = try Sample("folder")
    try Files.replace(
      scratch.path + "/layout.tar", sample.layout(["org.opencontainers.image.ref.name": "a/b:c"]))
    try scratch.run("mkdir layout && tar -xf layout.tar -C layout")
    let store = scratch.store()
    let images = try scratch.holding(store) { try $0.read(folder: scratch.path + "/layout") }
    #expect(
      images.map(\.manifest) == [sample.descriptor] && images[0].references.map(\.familiar) == ["a/b:c"])
    for blob in sample.blobs { #expect(try store.read(StreamDigest.digest(of: blob)) == blob) }
    // What was changed is not taken.
    let other = scratch.store("other")
    try scratch.run(
      "printf x | dd of=layout/blobs/sha256/\(sample.manifest.layers[0].digest.hex) conv=notrunc status=none")
    #expect(throws: Failure.self) {
      try ImageArchiveReader(into: other, name: "layout").read(folder: scratch.path + "/layout")
    }
    #expect(other.blobSize(sample.manifest.layers[0].digest) == nil)
    try scratch.run("cd layout && mv index.json elsewhere && ln -s elsewhere index.json")
    #expect(throws: Failure.self) {
      try ImageArchiveReader(into: other, name: "layout").read(folder: scratch.path + "/layout")
    }
  }

  @Test func fromAPipe() throws {
    let scratch = Scratch()
    let bytes = try Sample("pipe").oldArchive(tags: ["demo"])
    try Files.replace(scratch.path + "/archive.tar", bytes)
    let pipe = try #require(popen("gzip -c \(scratch.path)/archive.tar", "r"))
    defer { pclose(pipe) }
    let store = scratch.store()
    let images = try scratch.holding(store) { try $0.read(DescriptorSource(fileno(pipe), "standard input")) }
    #expect(images.count == 1)
  }

  // MARK: - Hostile archives

  @Test func wrongDigests() throws {
    let sample = try Sample("wrong")
    var bytes = sample.layout([:])
    // The content of a layer, not its header.
    let at = try #require(bytes.indices.first { bytes[$0...].starts(with: Array("wrong".utf8)) })
    bytes[at] = 0x57
    let scratch = Scratch()
    #expect(scratch.refusal(bytes).contains("its content has the digest"))
    #expect(scratch.store().blobSize(sample.manifest.layers[0].digest) == nil)
    #expect(try scratch.run("ls data/images/ingest | wc -l") == "0\n")
  }

  @Test func whatIsMissing() throws {
    let sample = try Sample("missing")
    for index in sample.blobs.indices {
      #expect(Scratch().refusal(sample.layout([:], without: index)).contains("which is not all there"))
    }
    let text = TarBytes { $0.file("manifest.json", #"[{"Config":"c.json","Layers":["a/layer.tar"]}]"#) }.whole
    #expect(Scratch().refusal(text).contains("manifest.json names c.json, which is not there"))
    #expect(
      Scratch().refusal(TarBytes { $0.file("etc/passwd", "root") }.whole).contains("neither an index.json"))
    #expect(Scratch().refusal(TarBytes { $0.file("manifest.json", "[]") }.whole).contains("names no image"))
  }

  @Test func whatDiffers() throws {
    let sample = try Sample("differs")
    let twice = sample.layout([:]) { $0.file("index.json", "{}") }
    #expect(Scratch().refusal(twice).contains("it is there twice"))
    let other = try Sample("another")
    let bytes = sample.oldArchive(tags: []) { $0.entry(Array("one/layer.tar".utf8), other.layers[0]) }
    #expect(Scratch().refusal(bytes).contains("the configuration says"))
    let count = TarBytes { tar in
      tar.entry(Array("c.json".utf8), sample.config)
      tar.file("manifest.json", #"[{"Config":"c.json","Layers":[]}]"#)
    }.whole
    #expect(Scratch().refusal(count).contains("tells of 2 layers, manifest.json of 0"))
  }

  @Test(arguments: [
    "not json", "[{}]", "{}", #"[{"Config":"../../etc/passwd","Layers":[]}]"#, #"[{"Config":7}]"#,
    #"[{"Config":"config.json","RepoTags":["UPPER:x"],"Layers":[]}]"#,
  ])
  func brokenManifests(_ text: String) {
    #expect(Scratch().refusal(TarBytes { $0.file("manifest.json", text) }.whole) != "")
  }

  @Test func namesThatLeadOut() throws {
    let scratch = Scratch()
    #expect(scratch.refusal(TarBytes { $0.file("../blobs/x", "x") }.whole).contains("`..`"))
    #expect(
      scratch.refusal(TarBytes { $0.file("blobs/sha256/x", "x") }.whole).contains("its name is no SHA-256"))
    #expect(
      scratch.refusal(TarBytes { $0.file("blobs/sha512/x", "x") }.whole).contains("its name is no SHA-256"))
    #expect(
      scratch.refusal(TarBytes { $0.entry("null", type: "3", device: (1, 3)) }.whole).contains(
        "neither a file"))
    let loop = TarBytes { tar in
      tar.symbolicLink("a", to: "b")
      tar.symbolicLink("b", to: "a")
      tar.file("manifest.json", #"[{"Config":"a","Layers":[]}]"#)
    }.whole
    #expect(scratch.refusal(loop).contains("names a, which is not there"))
  }

  @Test func limits() throws {
    let scratch = Scratch()
    var limits = ImageArchiveLimits()
    limits.text = 10
    limits.entries = 5
    let store = scratch.store()
    let bytes = try Sample("x").layout([:])
    for limits in [limits] {
      #expect(throws: Failure.self) {
        try ImageArchiveReader(into: store, name: "x", limits: limits).read(ByteArraySource(bytes))
      }
    }
  }
}
