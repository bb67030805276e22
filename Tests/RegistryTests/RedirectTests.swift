import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct RedirectTests {
  private static let user = Credential(username: "me", password: "secret")

  /// A registry that wants a password and has its blobs elsewhere.
  private static func play(_ image: FakeImage, _ location: @escaping @Sendable (FakeRequest) -> String)
    -> FakeRegistry.Play
  {
    return { request in
      if request.authorization != user.basic {
        return .status(401, [("WWW-Authenticate", "Basic realm=\"x\"")])
      }
      if request.path.contains("/blobs/") { return .status(307, [("Location", location(request))]) }
      return image.answer(request)
    }
  }

  private static func config(_ image: FakeImage, _ registry: FakeRegistry) async throws -> [UInt8] {
    let scratch = Scratch()
    let credentials = Credentials(folder: scratch.path)
    _ = try await credentials.store(user, for: registry.name)
    return try await withClient(RegistriesFile(), credentials) {
      try await $0.bytes(of: FakeImage.blob(image.config), of: ImageReference("\(registry.name)/box"))
    }
  }

  @Test func nobodyElseLearnsWhoWeAre() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ _ in FakeAnswer(body: image.config) }) { storage in
      let query = "sig=a%2Fb%2Bc%3D&x=1"
      try await FakeRegistry.with(Self.play(image) { _ in "http://\(storage.name)/store?\(query)" }) {
        registry in
        let config = try await Self.config(image, registry)
        #expect(config == image.config)
      }
      let request = try #require(storage.requests.first)
      #expect(storage.requests.count == 1)
      #expect(request.authorization == nil)
      #expect(request.path == "/store" && request.query == query)
    }
  }

  @Test func whoAsksAtAnotherHostGetsNothing() async throws {
    let image = FakeImage()
    let greedy: FakeRegistry.Play = { _ in .status(401, [("WWW-Authenticate", "Basic realm=\"x\"")]) }
    try await FakeRegistry.with(greedy) { storage in
      try await FakeRegistry.with(Self.play(image) { _ in "http://\(storage.name)/store" }) { registry in
        let text = await failure { _ = try await Self.config(image, registry) }
        #expect(text.contains("pull access denied"))
      }
      #expect(storage.requests.map(\.authorization) == [nil])
    }
  }

  @Test func theSameServerLearnsItAgain() async throws {
    let image = FakeImage()
    let play = Self.play(image) { request in
      request.path.hasSuffix("/here") ? "?done" : "here"
    }
    try await FakeRegistry.with({ request in
      request.query == "done" && request.authorization == Self.user.basic
        ? FakeAnswer(body: image.config) : play(request)
    }) { registry in
      let config = try await Self.config(image, registry)
      #expect(config == image.config)
    }
  }

  @Test(arguments: [
    ("http://old.example.com/x", "redirected to plain http: http://old.example.com/x"),
    ("ftp://old.example.com/x", "redirected to no address"), ("http://a b/", "redirected to no address"),
  ])
  func someWaysAreNotTaken(location: String, words: String) async throws {
    let image = FakeImage()
    try await FakeRegistry.with(Self.play(image) { _ in location }) { registry in
      let text = await failure { _ = try await Self.config(image, registry) }
      #expect(text.hasSuffix(words))
    }
  }

  @Test func nobodyIsFollowedForEver() async throws {
    let image = FakeImage()
    try await FakeRegistry.with(Self.play(image) { $0.path + "x" }) { registry in
      let text = await failure { _ = try await Self.config(image, registry) }
      #expect(text.hasSuffix("redirected too often"))
      #expect(registry.requests.count == 1 + 6)
    }
  }
}
