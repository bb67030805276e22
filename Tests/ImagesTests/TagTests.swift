import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct TagTests {
  private let scratch = StoreScratch()
  private var store: ImageStore { scratch.store }

  @Test func aStoreThatIsNotThereIsEmpty() throws {
    #expect(try store.tags().isEmpty)
    #expect(try store.all().isEmpty)
    #expect(!Files.exists(store.folder))
    #expect(throws: Failure.self) { try store.find("a") }
    #expect(try store.lookUp("a") == nil)
  }

  @Test func theLayoutOthersRead() throws {
    let image = try scratch.make("a:1", layers: ["x"])
    #expect(try Files.read(store.layoutFile) == Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    let index = String(decoding: try Files.read(store.indexFile), as: UTF8.self)
    #expect(
      index == #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#
        + #"{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(image.manifest.digest)","#
        + #""size":\#(image.manifest.size),"#
        + #""annotations":{"org.opencontainers.image.ref.name":"docker.io/library/a:1"}}]}"#)
  }

  @Test func names() throws {
    let image = try scratch.make("b", "a:1", "example.com/a:2", layers: ["x"])
    #expect(
      try store.tags().map(\.reference.full)
        == ["docker.io/library/a:1", "docker.io/library/b:latest", "example.com/a:2"])
    #expect(try store.tags().allSatisfy { $0.descriptor == image.manifest })
  }

  @Test func aDigestAndATagAreADigest() throws {
    let image = try scratch.make("a:1", layers: ["x"])
    let reference = try ImageReference("b:2@\(digest("1"))")
    try store.tag(reference, image.manifest)
    #expect(try store.find("b@\(digest("1"))").references.map(\.familiar) == ["a:1", "b@\(digest("1"))"])
    #expect(try store.lookUp("b:2") == nil)
    #expect(try store.lookUp("c@\(digest("1"))") == nil)
  }

  @Test func whoLosesItsNameStays() throws {
    let old = try scratch.make("a", layers: ["x"])
    let new = try scratch.make("a", layers: ["y"])
    #expect(try store.find("a").id == new.id)
    let dangling = try store.find(old.id.hex)
    #expect(dangling.references.isEmpty && dangling.isDangling)
    #expect(try store.all().count == 2)
    // And the other way round: nothing is there twice.
    try store.tag(ImageReference("a"), old.manifest)
    try store.tag(ImageReference("a"), old.manifest)
    #expect(try store.readIndex().manifests.count == 2)
    #expect(try store.find("a").id == old.id)
    _ = try store.changeIndex { $0.untag(try ImageReference("a").tagged) }
    #expect(try store.readIndex().manifests.count == 2)
    #expect(try store.all().count == 2)
  }

  @Test func nothingIsTaggedThatIsNotWhole() throws {
    let image = try scratch.make("a", layers: ["x", "y"])
    unlink(store.path(of: image.layers[1].digest))
    let failure = #expect(throws: Failure.self) { try store.tag(ImageReference("b"), image.manifest) }
    #expect(
      failure?.description
        == "keep image \(image.manifest.digest): its layer \(image.layers[1].digest) is not there")
    unlink(store.path(of: image.id))
    #expect(throws: Failure.self) { try store.tag(ImageReference("b"), image.manifest) }
    unlink(store.path(of: image.manifest.digest))
    #expect(throws: Failure.self) { try store.tag(ImageReference("b"), image.manifest) }
    #expect(try store.tags().map(\.reference.familiar) == ["a:latest"])
  }

  @Test func manyAtOnceLoseNothing() throws {
    let image = try scratch.make("first", layers: ["x"])
    let store = store
    let work = (0..<8).map { number in
      Threads.begin { () -> Bool in
        for index in 0..<10 {
          guard let name = try? ImageReference("name\(number):\(index)"),
            (try? store.tag(name, image.manifest)) != nil, (try? store.tags()) != nil
          else { return false }
        }
        return true
      }
    }
    #expect(work.allSatisfy { $0() })
    #expect(try store.tags().count == 81)
    #expect(scratch.names("images/ingest").isEmpty)
  }

  @Test func whatOthersWriteStays() throws {
    let image = try scratch.make("a", layers: ["x"])
    var index = try store.readIndex()
    index.annotations = ["who": "another"]
    var other = image.manifest
    other.annotations = [ImageIndex.nameAnnotation: "latest", "why": "so"]
    index.manifests.append(other)
    try store.writeIndex(index)
    try store.tag(ImageReference("b"), image.manifest)
    #expect(try store.tags().map(\.reference.familiar) == ["a:latest", "b:latest"])
    let now = try store.readIndex()
    #expect(now.annotations == ["who": "another"])
    #expect(now.manifests.contains(other))
  }

  @Test(arguments: [
    ("", "is empty"), ("{", "line 1, column 2"), ("[]", "must be an object"),
    (#"{"schemaVersion":2,"manifests":[{"digest":"sha256:1"}]}"#, "manifests[0]"),
    (#"{"schemaVersion":2}\#u{0}"#, "line 1"),
  ])
  func aDamagedIndex(_ text: String, _ words: String) throws {
    let image = try scratch.make("a", layers: ["x"])
    try Files.replace(store.indexFile, Array(text.utf8))
    let failure = #expect(throws: Failure.self) { try store.find("a") }
    #expect(failure?.description.contains(store.indexFile) == true)
    #expect(failure?.description.contains(words) == true)
    #expect(failure?.hint == "swiftainer system check repairs it")
    // Nothing is written over it, and nothing is taken for garbage.
    #expect(throws: Failure.self) { try store.tag(ImageReference("b"), image.manifest) }
    #expect(throws: Failure.self) { try store.collect(users: nobody) }
    #expect(try Files.read(store.indexFile) == Array(text.utf8))
    #expect(store.contains(image.manifest) && store.layers.contains(image.chainIDs[0]))
  }

  @Test func anIndexThatIsGone() throws {
    let image = try scratch.make("a", layers: ["x"])
    unlink(store.indexFile)
    #expect(throws: Failure.self) { try store.all() }
    #expect(throws: Failure.self) { try store.collect(users: nobody) }
    #expect(store.contains(image.manifest))
  }
}
