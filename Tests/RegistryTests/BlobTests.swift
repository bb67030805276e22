import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct BlobTests {
  private static let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

  /// Downloads a blob into a sink from a registry that answers like this.
  private static func download(
    _ sink: KeepingSink, _ blob: Descriptor = FakeImage.blob(bytes), patience: Patience = .none(),
    _ play: @escaping FakeRegistry.Play
  ) async throws -> [FakeRequest] {
    try await FakeRegistry.with({ $0.path == "/v2/" ? .status(200) : play($0) }) { registry in
      try await withClient(patience: patience) {
        try await $0.download(blob, of: ImageReference("\(registry.name)/box"), into: sink)
      }
      return registry.requests.filter { $0.path != "/v2/" }
    }
  }

  @Test func itIsFetched() async throws {
    let sink = KeepingSink()
    let requests = try await Self.download(sink) { FakeImage.part(Self.bytes, $0) }
    #expect(sink.bytes == Self.bytes)
    #expect(requests.map(\.line) == ["GET /v2/box/blobs/\(FakeImage.digest(Self.bytes))"])
  }

  @Test func whatWasKeptIsNotFetchedAgain() async throws {
    let sink = KeepingSink(kept: Array(Self.bytes[..<40_000]))
    let requests = try await Self.download(sink) { FakeImage.part(Self.bytes, $0) }
    #expect(sink.bytes == Self.bytes)
    #expect(requests.map { $0.headers.first(name: "Range") } == ["bytes=40000-"])
    let whole = KeepingSink(kept: Self.bytes)
    #expect(try await Self.download(whole) { _ in .status(500) }.isEmpty)
  }

  @Test func brokenConnectionsAreResumed() async throws {
    let sink = KeepingSink()
    let tries = Counter()
    let requests = try await Self.download(sink) { request in
      var answer = FakeImage.part(Self.bytes, request)
      if tries.next() < 3 { answer.cut = 10_000 }
      return answer
    }
    #expect(sink.bytes == Self.bytes)
    #expect(requests.count == 4)
    #expect(requests.last?.headers.first(name: "Range") != nil)
  }

  @Test func serversThatKnowNoRangesAreHeardAgain() async throws {
    let sink = KeepingSink()
    let tries = Counter()
    _ = try await Self.download(sink) { _ in
      var answer = FakeAnswer(body: Self.bytes)
      if tries.next() < 2 { answer.cut = 10_000 }
      return answer
    }
    #expect(sink.bytes == Self.bytes)
  }

  @Test func bodiesWithoutLengthThatEndTooEarlyAreResumed() async throws {
    let sink = KeepingSink()
    let tries = Counter()
    _ = try await Self.download(sink) { request in
      if tries.next() > 0 { return FakeImage.part(Self.bytes, request) }
      return FakeAnswer(body: Array(Self.bytes[..<10]), hasNoLength: true)
    }
    #expect(sink.bytes == Self.bytes)
  }

  @Test func nobodyIsTriedForEver() async throws {
    let sink = KeepingSink()
    let tries = Counter()
    let text = await failure {
      _ = try await Self.download(sink, patience: .none(retries: 2)) { request in
        tries.next()
        var answer = FakeImage.part(Self.bytes, request)
        answer.cut = 10
        return answer
      }
    }
    #expect(tries.value == 3)
    #expect(!text.isEmpty)
  }

  @Test func wrongDigestsAreFound() async throws {
    let sink = KeepingSink()
    let other = Self.bytes.map { $0 ^ 1 }
    let text = await failure { _ = try await Self.download(sink) { FakeImage.part(other, $0) } }
    #expect(text == "blob \(FakeImage.digest(Self.bytes)): its digest is \(FakeImage.digest(other))")
    #expect(sink.isDiscarded)
  }

  @Test(arguments: [true, false])
  func longerOnesAreCutOff(hasLength: Bool) async throws {
    let sink = KeepingSink()
    let text = await failure {
      _ = try await Self.download(sink) { _ in
        FakeAnswer(body: Self.bytes + [0], hasNoLength: !hasLength)
      }
    }
    #expect(
      text.hasSuffix(hasLength ? "the server has 100001, not 100000 bytes" : "longer than its 100000 bytes"))
    #expect(sink.bytes.count <= Self.bytes.count)
  }

  @Test func otherRangesAreRefused() async throws {
    let sink = KeepingSink(kept: Array(Self.bytes[..<10]))
    let text = await failure {
      _ = try await Self.download(sink) { _ in
        FakeAnswer(status: 206, headers: [("Content-Range", "bytes 9-99999/100000")], body: Self.bytes)
      }
    }
    #expect(text.hasSuffix("the server has another range, not 100000 bytes"))
  }

  @Test func whatIsNotThereIsToldOf() async throws {
    let text = await failure {
      _ = try await Self.download(KeepingSink()) { _ in .error(404, "BLOB_UNKNOWN", "blob unknown") }
    }
    #expect(text == "blob \(FakeImage.digest(Self.bytes)): blob unknown: blob unknown")
  }

  @Test func serversSayHowLongToWait() async throws {
    let sink = KeepingSink()
    let tries = Counter()
    let slept = Counter()
    let patience = Patience.none { milliseconds in if milliseconds == 7000 { slept.next() } }
    _ = try await Self.download(sink, patience: patience) { request in
      tries.next() == 0 ? .status(503, [("Retry-After", "7")]) : FakeImage.part(Self.bytes, request)
    }
    #expect(slept.value == 1)
    #expect(sink.bytes == Self.bytes)
  }

  @Test func nobodyWaitsForHours() async throws {
    let tries = Counter()
    let text = await failure {
      _ = try await Self.download(KeepingSink()) { _ in
        tries.next()
        return .status(429, [("Retry-After", "7200")])
      }
    }
    #expect(tries.value == 1)
    #expect(text.contains("Too Many Requests"))
  }

  @Test func smallOnesComeWhole() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      try await withClient { client in
        let reference = try ImageReference("\(registry.name)/box")
        #expect(try await client.bytes(of: FakeImage.blob(image.config), of: reference) == image.config)
        let text = await failure {
          _ = try await client.bytes(of: FakeImage.blob(image.config), of: reference, limit: 10)
        }
        #expect(text.contains("are more than 10"))
      }
    }
  }

  @Test func emptyOnesAreNotFetched() async throws {
    let sink = KeepingSink()
    #expect(try await Self.download(sink, FakeImage.blob([])) { _ in .status(500) }.isEmpty)
  }
}
