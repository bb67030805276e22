import Images
import OCISpec
import Runtime
import Testing

@testable import Registry

@Suite struct PushTests {
  /// Images in memory, whose blobs are in files.
  private struct Source: PushSource {
    let blobs: [Digest: [UInt8]]
    let scratch = Scratch()
    var others: [String] = []

    func read(_ descriptor: Descriptor) async throws -> [UInt8] {
      guard let bytes = blobs[descriptor.digest] else { throw Failure("blob \(descriptor.digest)") }
      return bytes
    }

    func path(of blob: Descriptor) async throws -> String {
      let path = scratch.path + "/" + blob.digest.hex
      try Files.replace(path, await read(blob))
      return path
    }

    func repositories(with blob: Descriptor, in registry: String) async -> [String] { others }
  }

  @Test func anImageGoesWhole() async throws {
    let image = FakeImage(layers: [[1], [2], [1]])
    let taking = TakingRegistry()
    let told = Told()
    var blobs = image.blobs
    blobs[FakeImage.digest(image.manifest)] = image.manifest
    let source = Source(blobs: blobs)
    try await FakeRegistry.with({ taking.answer($0) }) { registry in
      let reference = try ImageReference("\(registry.name)/box:1")
      // One at a time: the registry of this test knows of one upload.
      try await withClient {
        try await Push($0, from: source, width: 1, telling: told.listener).run(
          FakeImage.blob(image.manifest, MediaType.manifest), to: reference)
      }
      let state = taking.state.withLockedValue { $0 }
      #expect(state.blobs == image.blobs)
      #expect(state.manifests == ["1": image.manifest])
      #expect(registry.requests.last?.headers.first(name: "Content-Type") == MediaType.manifest)
      #expect(registry.requests.last?.path == "/v2/box/manifests/1")
      #expect(told.words(FakeImage.digest([1])) == ["Preparing", "Pushing", "Pushed"])
      try await withClient {
        try await Push($0, from: source, width: 1, telling: told.listener).run(
          FakeImage.blob(image.manifest, MediaType.manifest), to: reference)
      }
      #expect(told.words(FakeImage.digest([2])).last == "Layer already exists")
    }
  }

  @Test func listsGoWithAllTheyName() async throws {
    let image = FakeImage()
    let entry = FakeImage.descriptor(MediaType.manifest, image.manifest, platform: "linux/amd64")
    let index = Array(
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[\#(entry)]}"#.utf8)
    let taking = TakingRegistry()
    var blobs = image.blobs
    blobs[FakeImage.digest(image.manifest)] = image.manifest
    blobs[FakeImage.digest(index)] = index
    let source = Source(blobs: blobs, others: ["other"])
    try await FakeRegistry.with({ taking.answer($0) }) { registry in
      try await withClient {
        try await Push($0, from: source, width: 1).run(
          FakeImage.blob(index, MediaType.index), to: ImageReference("\(registry.name)/box:1"))
      }
    }
    #expect(
      taking.state.withLockedValue { $0.manifests } == [
        "\(FakeImage.digest(image.manifest))": image.manifest, "1": index,
      ])
  }
}
