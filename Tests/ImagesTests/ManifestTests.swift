import OCISpec
import Testing

@testable import Images

private let a = String(repeating: "a", count: 64)
private let b = String(repeating: "b", count: 64)
private let c = String(repeating: "c", count: 64)

private func parse<T: JSONReadable>(_ type: T.Type, _ text: String) throws -> T {
  try T(json: JSONDocument(Array(text.utf8), name: "text").root)
}

@Suite struct ManifestTests {
  /// As Docker pushes it.
  private let docker = """
    {
       "schemaVersion": 2,
       "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
       "config": {
          "mediaType": "application/vnd.docker.container.image.v1+json",
          "size": 7656,
          "digest": "sha256:\(a)"
       },
       "layers": [
          {
             "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
             "size": 31357624,
             "digest": "sha256:\(b)"
          },
          {
             "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
             "size": 25612,
             "digest": "sha256:\(c)",
             "urls": ["https://example.com/layer"]
          }
       ]
    }
    """

  /// As BuildKit writes it, with the proof of its making.
  private let index = """
    {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:\(a)","size":2295,
    "annotations":{"com.docker.official-images.bashbrew.arch":"amd64"},
    "platform":{"architecture":"amd64","os":"linux"}},
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:\(b)","size":841,
    "annotations":{"vnd.docker.reference.digest":"sha256:\(a)","vnd.docker.reference.type":"attestation-manifest"},
    "platform":{"architecture":"unknown","os":"unknown"}},
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:\(c)","size":2297,
    "platform":{"architecture":"arm","os":"linux","variant":"v7"}},
    {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:\(c)","size":2297,
    "platform":{"architecture":"amd64","os":"windows","os.version":"10.0.20348.2402","os.features":["win32k"]}}]}
    """

  @Test func dockerManifest() throws {
    let manifest = try parse(ImageManifest.self, docker)
    #expect(manifest.mediaType == MediaType.dockerManifest)
    #expect(manifest.config.size == 7656 && manifest.config.digest.hex == a)
    #expect(manifest.layers.map(\.size) == [31_357_624, 25612])
    #expect(manifest.layers[1].urls == ["https://example.com/layer"])
    #expect(MediaType.isForeign(manifest.layers[1].mediaType))
    #expect(manifest.layers.map { MediaType.compression(of: $0.mediaType) } == [.gzip, .gzip])
  }

  @Test func thereAndBack() throws {
    let manifest = try parse(ImageManifest.self, docker)
    #expect(try parse(ImageManifest.self, String(decoding: manifest.json(), as: UTF8.self)) == manifest)
    let list = try parse(ImageIndex.self, index)
    #expect(try parse(ImageIndex.self, String(decoding: list.json(.indented(2)), as: UTF8.self)) == list)
  }

  @Test func anIndex() throws {
    let list = try parse(ImageIndex.self, index)
    #expect(list.manifests.count == 4)
    #expect(list.manifests[3].platform?.osVersion == "10.0.20348.2402")
    #expect(list.manifest(for: Platform("linux/amd64")!)?.digest.hex == a)
    #expect(list.manifest(for: Platform("linux/arm/v7")!)?.digest.hex == c)
    #expect(list.manifest(for: Platform("linux/arm/v8")!)?.digest.hex == c)
    #expect(list.manifest(for: Platform("linux/arm/v6")!) == nil)
    #expect(list.manifest(for: Platform("linux/arm64")!) == nil)
    #expect(list.manifest(for: Platform("unknown/unknown")!)?.digest.hex == b)
  }

  @Test(arguments: ["v-9223372036854775807", "v9223372036854775807", "v-1", "v65536", "v", "vv2", "2"])
  func noVariants(_ variant: String) throws {
    let list = try parse(
      ImageIndex.self,
      #"{"schemaVersion":2,"manifests":[{"digest":"sha256:\#(a)","size":2,"#
        + #""platform":{"architecture":"amd64","os":"linux","variant":"\#(variant)"}}]}"#)
    #expect(list.manifest(for: Platform("linux/amd64")!) == nil)
    #expect(list.manifest(for: Platform("linux/amd64/v3")!) == nil)
  }

  @Test func whatIsAbsent() throws {
    let manifest = try parse(
      ImageManifest.self,
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":2},"layers":null,"annotations":{"k":null}}"#
    )
    #expect(manifest.mediaType == MediaType.manifest && manifest.layers.isEmpty)
    #expect(manifest.annotations == ["k": ""])
    #expect(try parse(ImageIndex.self, #"{"schemaVersion":2}"#).manifests.isEmpty)
  }

  @Test(arguments: [
    (#"{}"#, "schemaVersion: is required"), (#"[]"#, "the document: must be an object, not an array"),
    (#"{"schemaVersion":1}"#, "schemaVersion: must be 2, not 1"),
    (#"{"schemaVersion":3}"#, "schemaVersion: must be 2, not 3"),
    (#"{"schemaVersion":2}"#, "config: is required"),
    (
      #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json"}"#,
      "mediaType: must be that of a manifest, not 'application/vnd.oci.image.index.v1+json'"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:1","size":2}}"#,
      "config.digest: must be sha256: and 64 lower-case hexadecimal digits, not 'sha256:1'"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":-1}}"#,
      "config.size: must not be negative"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":1},"layers":[{"digest":"sha256:\#(a)","size":4398046511105}]}"#,
      "layers[0].size: must be at most 4398046511104"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":1},"layers":[{"digest":"sha256:\#(a)","size":1e3}]}"#,
      "layers[0].size: must be a whole number, not 1e3"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":99999999999999999999}}"#,
      "config.size: must be at most 9223372036854775807, not 99999999999999999999"
    ),
    (
      #"{"schemaVersion":2,"config":{"digest":"sha256:\#(a)","size":1},"manifests":[]}"#,
      "manifests: must not be in a manifest"
    ),
  ])
  func refused(_ text: String, _ words: String) {
    let error = #expect(throws: SpecError.self) { try parse(ImageManifest.self, text) }
    #expect(error?.description.hasPrefix(words) == true)
  }

  @Test(arguments: [
    (#"{"schemaVersion":2,"layers":[]}"#, "layers: must not be in an index"),
    (#"{"schemaVersion":2,"manifests":[{"size":1}]}"#, "manifests[0].digest: is required"),
    (
      #"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}"#,
      "mediaType: must be that of an index"
    ),
  ])
  func refusedIndex(_ text: String, _ words: String) {
    let error = #expect(throws: SpecError.self) { try parse(ImageIndex.self, text) }
    #expect(error?.description.hasPrefix(words) == true)
  }

  @Test(arguments: [
    ("linux/amd64", "linux/amd64"), ("amd64", "linux/amd64"), ("x86_64", "linux/amd64"),
    ("aarch64", "linux/arm64"), ("linux/arm64/v8", "linux/arm64"), ("linux/arm", "linux/arm/v7"),
    ("linux/arm/6", "linux/arm/v6"), ("armhf", "linux/arm/v7"), ("Linux/AMD64/v3", "linux/amd64/v3"),
    ("i686", "linux/386"), ("linux/riscv64", "linux/riscv64"),
  ])
  func platforms(_ text: String, _ words: String) { #expect(Platform(text)?.description == words) }

  @Test(arguments: ["", "/", "linux/", "a/b/c/d"])
  func noPlatforms(_ text: String) { #expect(Platform(text) == nil) }

  @Test func whatSaysNothingIsTakenAlone() {
    let silent = Descriptor(mediaType: MediaType.manifest, digest: digest("1"), size: 1)
    #expect(ImageIndex(manifests: [silent]).manifest(for: .host) == silent)
    #expect(ImageIndex(manifests: [silent, silent]).manifest(for: .host) == nil)
  }
}
