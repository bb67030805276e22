import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct SearchTests {
  private let scratch = StoreScratch()
  private var store: ImageStore { scratch.store }

  @Test func byNameAndID() throws {
    let image = try scratch.make("web:1", "web:2", layers: ["x", "y"])
    try store.tag(ImageReference("web@\(digest("f"))"), image.manifest)
    let words = [
      "web:1", "docker.io/library/web:2", "index.docker.io/web:1", "web@\(digest("f"))",
      "web@\(image.manifest.digest)",
      "web:9@\(digest("f"))", image.id.hex, "\(image.id)", image.id.short, "sha256:" + image.id.short,
      String(image.id.hex.prefix(5)),
    ]
    for word in words {
      #expect(try store.find(word).id == image.id, "\(word)")
      #expect(try store.lookUp(word)?.id == image.id, "\(word)")
    }
    let found = try store.find("web:1")
    #expect(found.references.map(\.familiar) == ["web:1", "web:2", "web@\(digest("f"))"])
    #expect(found.manifest == image.manifest && found.layers.count == 2 && !found.isDangling)
    #expect(found.chainIDs == ImageStore.chainIDs(of: found.config.diffIDs))
  }

  @Test(arguments: [
    ("web", "No such image: web:latest"), ("web:1", "No such image: web:1"),
    ("example.com/x", "No such image: example.com/x:latest"), ("abc", "No such image: abc:latest"),
    ("Web", "invalid reference format: repository name (library/Web) must be lowercase"),
    ("a b", "invalid reference format: 'a b'"), ("", "invalid reference format: it is empty"),
  ])
  func nothing(_ word: String, _ text: String) throws {
    try scratch.make("other", layers: ["x"])
    let failure = #expect(throws: Failure.self) { try store.find(word) }
    #expect(failure?.description == text)
  }

  @Test func noSuchID() throws {
    let failure = #expect(throws: Failure.self) { try store.find("\(digest("0"))") }
    #expect(failure?.description == "No such image: \(digest("0"))")
    #expect(try store.lookUp(digest("0").hex) == nil)
  }

  /// IDs are hashes: by chance some of these begin alike.
  @Test func ambiguous() throws {
    var first: [Character: String] = [:]
    var twins: (String, String)?
    for number in 0... {
      let id = try scratch.make("image\(number)", layers: ["x"], comment: "\(number)").id.hex
      if let twin = first.updateValue(id, forKey: id.first!) {
        twins = (twin, id)
        break
      }
    }
    let (one, other) = try #require(twins)
    let word = String(one.prefix(1))
    let failure = #expect(throws: Failure.self) { try store.find(word) }
    #expect(
      failure?.description == "image \(word): several images' IDs begin like this (type more of it)")
    let common = zip(one, other).prefix { $0 == $1 }.count
    #expect(try store.find(String(one.prefix(common + 1))).id.hex == one)
    #expect(try store.find(String(other.prefix(common + 1))).id.hex == other)
  }

  @Test func aNameIsMoreThanAnID() throws {
    let image = try scratch.make("x", layers: ["x"])
    let named = try scratch.make(image.id.short, layers: ["y"])
    #expect(try store.find(image.id.short).id == named.id)
    #expect(try store.find(image.id.hex).id == image.id)
  }

  @Test func theLatestFirst() throws {
    try scratch.make("a", layers: ["a"], created: "2020-01-01T00:00:00Z")
    try scratch.make("b", layers: ["b"], created: "2023-01-01T00:00:00Z")
    try scratch.make("c", layers: ["c"], created: "2021-01-01T00:00:00Z")
    #expect(try store.all().flatMap { $0.references.map(\.familiarName) } == ["b", "c", "a"])
  }

  @Test func aListIsThisMachines() throws {
    let image = try scratch.make("a", layers: ["x"])
    var here = image.manifest
    here.platform = .host
    var there = Descriptor(mediaType: MediaType.manifest, digest: digest("1"), size: 5)
    there.platform = Platform(architecture: "vax", os: "linux")
    let list = try store.add(ImageIndex(manifests: [there, here]).json(), mediaType: MediaType.index)
    try store.tag(ImageReference("list"), list)
    #expect(try store.find("list").id == image.id)
    // It is the same image, with both names.
    #expect(try store.all().map { $0.references.map(\.familiar) } == [["a:latest", "list:latest"]])
    let other = try store.add(ImageIndex(manifests: [there]).json(), mediaType: MediaType.index)
    let failure = #expect(throws: Failure.self) { try store.tag(ImageReference("other"), other) }
    #expect(failure?.description == "read \(other.digest): has no image for \(Platform.host)")
  }

  @Test func damagedTexts() throws {
    let image = try scratch.make("a", layers: ["x"])
    try scratch.make("b", layers: ["y"])
    let path = store.path(of: image.manifest.digest)
    let text = try Files.read(path)
    truncate(path, 7)
    var failure = #expect(throws: Failure.self) { try store.find("a") }
    #expect(failure?.kind == .damaged)
    #expect(
      failure?.description
        == "read \(image.manifest.digest): it has 7 bytes instead of \(text.count) (pull its image again)")
    try Files.replace(path, text.map { $0 == 0x32 ? 0x33 : $0 })
    failure = #expect(throws: Failure.self) { try store.find("a") }
    #expect(failure?.description.contains("its content has the digest sha256:") == true)
    // One damaged image is no reason not to show the others.
    var warnings = 0
    #expect(try store.all { _ in warnings += 1 }.map { $0.references[0].familiar } == ["b:latest"])
    #expect(warnings == 1)
  }

  @Test func whatIsNoImage() throws {
    let config = try store.add(Array("{}".utf8), mediaType: "application/vnd.cncf.helm.config.v1+json")
    let manifest = try store.add(
      ImageManifest(config: config, layers: []).json(), mediaType: MediaType.manifest)
    let failure = #expect(throws: Failure.self) { try store.image(manifest) }
    #expect(
      failure?.description == "read \(manifest.digest): is no image: its configuration is "
        + "'application/vnd.cncf.helm.config.v1+json'")
  }

  @Test func layersAndContentsMustBeAsMany() throws {
    let layer = try scratch.add("layer")
    let config = try store.add(ImageConfig(architecture: "amd64").json(), mediaType: MediaType.config)
    let manifest = try store.add(
      ImageManifest(config: config, layers: [layer]).json(), mediaType: MediaType.manifest)
    let failure = #expect(throws: Failure.self) { try store.image(manifest) }
    #expect(
      failure?.description == "read \(manifest.digest): has 1 layers, and its configuration says 0")
  }

  @Test func sizes() throws {
    let image = try scratch.make("a", layers: ["12345", "123"])
    #expect(image.layerSizes == [5, 3] && image.size == 8 && image.isUnpacked)
    try store.layers.remove(image.chainIDs[1])
    // As it came.
    #expect(image.layerSizes == [5, 10] && !image.isUnpacked)
  }
}
