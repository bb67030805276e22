import Glibc
import Images
import OCISpec
import Runtime
import Testing

@testable import Registry

/// The registry that is there for these tests, if any.
private enum RealRegistry {
  static let environment = ["SWIFTAINER_TEST_REGISTRY", "SWIFTAINER_REGISTRIES", "DOCKER_CONFIG"]
    .reduce(into: [String: String]()) { all, name in
      if let value = getenv(name) { all[name] = String(cString: value) }
    }

  static var name: String? { environment["SWIFTAINER_TEST_REGISTRY"] }
}

/// Against a registry of others' making, which `Tests/integration/try_registry.py` starts. It has an image `box`.
@Suite(.serialized, .enabled(if: RealRegistry.name != nil))
struct RealRegistryTests {
  private static func with<Result>(_ body: (RegistryClient, String) async throws -> Result) async throws
    -> Result
  {
    let settings = try RegistriesFile.read(environment: RealRegistry.environment)
    return try await withClient(settings, Credentials(environment: RealRegistry.environment)) { client in
      try await body(client, try #require(RealRegistry.name))
    }
  }

  /// What was pulled, to be pushed again.
  private struct Source: PushSource {
    let store: FakeStore
    let scratch: Scratch

    func read(_ descriptor: Descriptor) async throws -> [UInt8] {
      try #require(try await store.read(descriptor))
    }

    func path(of blob: Descriptor) async throws -> String {
      let path = scratch.path + "/" + blob.digest.hex
      try Files.replace(path, try await read(blob))
      return path
    }

    func repositories(with blob: Descriptor, in registry: String) async -> [String] { ["box"] }
  }

  @Test func imagesComeAndGo() async throws {
    try await Self.with { client, name in
      let store = FakeStore()
      let pulled = try await Pull(client, into: store).run(ImageReference("\(name)/box").tagged)
      let told = Told()
      let source = Source(store: store, scratch: Scratch())
      let copy = try ImageReference("\(name)/copy:1")
      try await Push(client, from: source, telling: told.listener).run(pulled.manifest, to: copy)
      let other = FakeStore()
      let again = try await Pull(client, into: other).run(copy)
      #expect(again.manifest == pulled.manifest)
      let blobs = store.state.withLockedValue { $0.layers }
      #expect(other.state.withLockedValue { $0.layers } == blobs)
      let first = try #require(
        try ImageManifest(
          json: JSONDocument(await source.read(pulled.manifest), name: "manifest").root
        ).layers.first)
      #expect(told.words(first.digest).last == "Mounted from box")
    }
  }

  @Test func newLayersAreTaken() async throws {
    try await Self.with { client, name in
      let image = FakeImage(layers: [Array("\(Clock.now())".utf8), [UInt8](repeating: 7, count: 3_000_000)])
      let store = FakeStore()
      store.state.withLockedValue {
        $0.blobs = image.blobs
        $0.blobs[FakeImage.digest(image.manifest)] = image.manifest
      }
      let told = Told()
      let manifest = FakeImage.blob(image.manifest, MediaType.manifest)
      let reference = try ImageReference("\(name)/new/box:2")
      try await Push(client, from: Source(store: store, scratch: Scratch()), telling: told.listener)
        .run(manifest, to: reference)
      #expect(told.words(FakeImage.digest(image.layers[0])).last == "Pushed")
      let resolved = try await client.resolve(reference)
      #expect(resolved == manifest)
      let tags = try await client.tags(of: reference)
      #expect(tags == ["2"])
      let found = try await client.search("\(name)/new")
      #expect(found == [SearchResult(name: "new/box")])
    }
  }

  @Test func refusalsAreInDockersWords() async throws {
    try await Self.with { client, name in
      let text = await failure {
        _ = try await client.manifest(ImageReference("\(name)/box:none"))
      }
      #expect(text == "manifest for \(name)/box:none not found: manifest unknown: manifest unknown")
    }
  }

  @Test func wrongPasswordsAreToldOf() async throws {
    let settings = try RegistriesFile.read(environment: RealRegistry.environment)
    let credentials = Credentials(environment: RealRegistry.environment)
    let name = try #require(RealRegistry.name)
    guard let known = try await credentials.find(name) else { return }
    try await withClient(settings) { client in
      let kept = try await client.login(name, username: known.username, password: known.password)
      #expect(kept == known)
      let text = await failure {
        _ = try await client.login(name, username: known.username, password: "no")
      }
      #expect(text == "log in to \(name): unauthorized: incorrect username or password")
      let denied = await failure {
        let reference = try ImageReference("\(name)/strangers")
        try await client.put([1], FakeImage.blob([1], MediaType.manifest), to: reference)
      }
      #expect(denied.hasPrefix("push to \(name)/strangers: unauthorized: authentication required"))
    }
  }
}
