import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct ManifestTests {
  private static func manifest(_ answer: FakeAnswer, _ name: String = "box", digest: Digest? = nil)
    async throws
    -> RemoteManifest
  {
    try await FakeRegistry.with({ $0.path == "/v2/" ? .status(200) : answer }) { registry in
      try await withClient { client in
        var reference = try ImageReference("\(registry.name)/\(name)")
        reference.digest = digest
        return try await client.manifest(reference)
      }
    }
  }

  @Test func itIsFetched() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let manifest = try await withClient {
        try await $0.manifest(ImageReference("\(registry.name)/box:latest"))
      }
      #expect(manifest.bytes == image.manifest)
      #expect(manifest.descriptor.digest == FakeImage.digest(image.manifest))
      #expect(manifest.descriptor.mediaType == MediaType.manifest)
      let request = try #require(registry.requests.last)
      #expect(request.headers["Accept"] == MediaType.manifestsAndIndexes)
      #expect(request.authorization == nil)
    }
  }

  @Test func itIsLookedAt() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let found = try await withClient {
        try await $0.resolve(ImageReference("\(registry.name)/box:latest"))
      }
      #expect(found == FakeImage.blob(image.manifest, MediaType.manifest))
      #expect(registry.lines == ["HEAD /v2/box/manifests/latest"])
    }
  }

  @Test(arguments: [
    (
      FakeAnswer.error(404, "MANIFEST_UNKNOWN", "manifest unknown"),
      "manifest for NAME/box not found: manifest unknown: manifest unknown"
    ),
    (.status(404), "manifest for NAME/box not found: manifest unknown: manifest unknown"),
    (
      .error(404, "NAME_UNKNOWN", "repository name not known to registry"),
      "repository NAME/box not found: name unknown: repository name not known to registry"
    ),
    (
      .error(403, "DENIED", "requested access to the resource is denied"),
      "pull access denied for NAME/box, repository does not exist or may require 'swiftainer login': denied: requested access to the resource is denied"
    ),
    (
      .status(401),
      "pull access denied for NAME/box, repository does not exist or may require 'swiftainer login': unauthorized: authentication required"
    ),
    (.error(429, "TOOMANYREQUESTS", "slow down"), "pull NAME/box: toomanyrequests: slow down"),
    (.status(400, [], "<html>\u{1b}"), "pull NAME/box: status 400 Bad Request"),
    (.error(400, "A_B\\u001b[1m", "x\\ny"), "pull NAME/box: a b [1m: x y"),
  ])
  func refusalsAreInDockersWords(answer: FakeAnswer, words: String) async {
    let text = await failure { _ = try await Self.manifest(answer) }
    let name = text.firstMatch(of: /127\.0\.0\.1:\d+/).map { String($0.output) } ?? "?"
    #expect(text == words.replacing("NAME", with: name))
  }

  @Test func largeOnesAreRefused() async {
    let limit = RegistryClient.manifestLimit
    let large = FakeAnswer(body: [UInt8](repeating: 0x20, count: limit + 1))
    let text = await failure { _ = try await Self.manifest(large) }
    #expect(text.hasSuffix("the answer is longer than \(limit) bytes"))
    var endless = large
    endless.hasNoLength = true
    let other = await failure { _ = try await Self.manifest(endless) }
    #expect(other.hasSuffix("the answer is longer than \(limit) bytes"))
  }

  @Test func digestsAreChecked() async throws {
    let image = FakeImage()
    let wrong = FakeImage.digest([1])
    let answer = FakeAnswer(headers: [("Content-Type", MediaType.manifest)], body: image.manifest)
    let text = await failure { _ = try await Self.manifest(answer, digest: wrong) }
    #expect(text.hasSuffix("its digest is \(FakeImage.digest(image.manifest)), not \(wrong)"))
    var lying = answer
    lying.headers.append(("Docker-Content-Digest", "\(wrong)"))
    let other = await failure { _ = try await Self.manifest(lying) }
    #expect(other.contains("its digest is"))
  }

  @Test(arguments: [
    (#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, "it is both a list and an image"),
    (#"{"schemaVersion":1}"#, "schema 1 is no longer supported"), (#"{"a":1}"#, "it is no image"),
    ("[1", "the document: line 1"),
    (
      #"{"mediaType":"\#(MediaType.index)","layers":[]}"#, "it is not what it calls itself"
    ),
    (#"{"mediaType":"text/plain","layers":[]}"#, "text/plain is no image"),
  ])
  func whatIsNoImageIsRefused(json: String, words: String) async {
    let text = await failure { _ = try await Self.manifest(.status(200, [], json)) }
    #expect(text.contains(words))
  }

  @Test func oneThingHasOneType() async {
    let json = #"{"mediaType":"\#(MediaType.manifest)","layers":[]}"#
    let text = await failure {
      _ = try await Self.manifest(.status(200, [("Content-Type", MediaType.dockerManifest)], json))
    }
    #expect(text.contains("it calls itself"))
  }

  @Test func typesMayBeLeftOut() async throws {
    let json = #"{"schemaVersion":2,"manifests":[]}"#
    let found = try await Self.manifest(
      .status(200, [("Content-Type", "application/json; charset=utf-8")], json))
    #expect(found.descriptor.mediaType == MediaType.index)
  }
}
