import Images
import NIOConcurrencyHelpers
import OCISpec
import Runtime
import Testing

@testable import Registry

/// A registry that takes blobs, in the ways that registries differ.
final class TakingRegistry: Sendable {
  struct State {
    var blobs: [Digest: [UInt8]] = [:]
    var manifests: [String: [UInt8]] = [:]
    var upload: [UInt8] = []
    var places = 0
  }

  /// Whether whole blobs are refused.
  let onlyPieces: Bool
  /// What another repository has: it can be mounted.
  let others: [Digest: [UInt8]]
  let state = NIOLockedValueBox(State())

  init(onlyPieces: Bool = false, others: [Digest: [UInt8]] = [:]) {
    self.onlyPieces = onlyPieces
    self.others = others
  }

  func answer(_ request: FakeRequest) -> FakeAnswer {
    if request.path == "/v2/" { return .status(200) }
    return state.withLockedValue { state in
      switch request.method {
      case "HEAD":
        return Digest(request.path.dropFirst("/v2/box/blobs/".count)).flatMap { state.blobs[$0] } == nil
          ? .status(404) : .status(200)
      case "POST":
        let mounted = request.query.hasPrefix("mount=sha256%3A") && request.query.hasSuffix("&from=other")
        if mounted, let digest = Digest("sha256:" + request.query.dropFirst(15).prefix(64)),
          let bytes = others[digest]
        {
          state.blobs[digest] = bytes
          return .status(201)
        }
        state.upload = []
        return next(&state)
      case "PATCH":
        let range = "\(state.upload.count)-\(state.upload.count + request.body.count - 1)"
        guard request.query == "state=\(state.places)", request.headers.first(name: "Content-Range") == range
        else { return .status(416) }
        state.upload += request.body
        return next(&state)
      case "PUT" where request.path.hasPrefix("/v2/box/manifests/"):
        state.manifests[String(request.path.dropFirst("/v2/box/manifests/".count))] = request.body
        return .status(201, [("Docker-Content-Digest", "\(FakeImage.digest(request.body))")])
      default:
        if onlyPieces && !request.body.isEmpty { return .status(413) }
        let bytes = state.upload + request.body
        let digest = FakeImage.digest(bytes)
        guard request.query == "state=\(state.places)&digest=sha256%3A\(digest.hex)" else {
          return .error(400, "DIGEST_INVALID", "it is another")
        }
        state.blobs[digest] = bytes
        return .status(201)
      }
    }
  }

  /// Where to go on; every other time relative.
  private func next(_ state: inout State) -> FakeAnswer {
    state.places += 1
    return .status(202, [("Location", "/v2/box/blobs/uploads/u?state=\(state.places)")])
  }
}

@Suite struct UploadTests {
  private static let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 11) }

  private static func upload(
    _ play: @escaping FakeRegistry.Play, mountingFrom others: [String] = []
  ) async throws -> (Upload, [String]) {
    let scratch = Scratch()
    let blob = FakeImage.blob(bytes)
    let path = scratch.path + "/blob"
    try Files.replace(path, bytes)
    return try await FakeRegistry.with(play) { registry in
      let outcome = try await withClient {
        try await $0.upload(
          blob, to: ImageReference("\(registry.name)/box"), from: path, mountingFrom: others)
      }
      return (outcome, registry.lines.map { $0.replacing("\(blob.digest)", with: "BLOB") })
    }
  }

  @Test func itIsPutAsAWhole() async throws {
    let taking = TakingRegistry()
    let (outcome, lines) = try await Self.upload { taking.answer($0) }
    #expect(outcome == .uploaded)
    #expect(taking.state.withLockedValue { $0.blobs[FakeImage.digest(Self.bytes)] } == Self.bytes)
    #expect(
      lines == ["HEAD /v2/box/blobs/BLOB", "POST /v2/box/blobs/uploads/", "PUT /v2/box/blobs/uploads/u"])
    #expect(try await Self.upload { taking.answer($0) }.0 == .wasThere)
  }

  @Test func itIsSentInPiecesWhereItMust() async throws {
    let taking = TakingRegistry(onlyPieces: true)
    let (outcome, lines) = try await Self.upload { taking.answer($0) }
    #expect(outcome == .uploaded)
    #expect(taking.state.withLockedValue { $0.blobs[FakeImage.digest(Self.bytes)] } == Self.bytes)
    #expect(lines.map { $0.prefix(4) } == ["HEAD", "POST", "PUT ", "POST", "PATC", "PUT "])
  }

  @Test func itIsMountedWhereAnotherHasIt() async throws {
    let taking = TakingRegistry(others: [FakeImage.digest(Self.bytes): Self.bytes])
    let (outcome, lines) = try await Self.upload({ taking.answer($0) }, mountingFrom: ["box", "other"])
    #expect(outcome == .mounted(from: "other"))
    #expect(lines == ["HEAD /v2/box/blobs/BLOB", "POST /v2/box/blobs/uploads/"])
  }

  @Test func whatCannotBeMountedIsSent() async throws {
    let taking = TakingRegistry()
    let (outcome, lines) = try await Self.upload({ taking.answer($0) }, mountingFrom: ["other"])
    #expect(outcome == .uploaded)
    // The answer to the mount has begun the upload.
    #expect(lines.map { $0.prefix(4) } == ["HEAD", "POST", "PUT "])
  }

  @Test func brokenOnesBeginAgain() async throws {
    let taking = TakingRegistry()
    let tries = Counter()
    let (outcome, _) = try await Self.upload { request in
      if request.method == "PUT", tries.next() < 2 { return .status(503) }
      return taking.answer(request)
    }
    #expect(outcome == .uploaded)
    #expect(taking.state.withLockedValue { $0.blobs[FakeImage.digest(Self.bytes)] } == Self.bytes)
  }

  @Test func strangersAreToldToLogIn() async throws {
    let text = await failure {
      _ = try await Self.upload { $0.path == "/v2/" ? .status(200) : .status(401) }
    }
    #expect(text.contains("/box: unauthorized: authentication required (swiftainer login 127.0.0.1:"))
    let denied = await failure {
      _ = try await Self.upload { $0.path == "/v2/" ? .status(200) : .status(403) }
    }
    #expect(denied.hasSuffix("/box: denied: requested access to the resource is denied"))
  }

  @Test func nothingIsSentToPlainHTTPElsewhere() async throws {
    let text = await failure {
      _ = try await Self.upload { request in
        request.method == "POST"
          ? .status(202, [("Location", "http://other.example.com/u")])
          : .status(request.path == "/v2/" ? 200 : 404)
      }
    }
    #expect(text.hasSuffix("sent to plain http: http://other.example.com/u"))
  }

  @Test func proofIsForTheRegistryAlone() async throws {
    let scratch = Scratch()
    let path = scratch.path + "/blob"
    try Files.replace(path, Self.bytes)
    let user = Credential(username: "me", password: "secret")
    let credentials = Credentials(folder: scratch.path)
    try await FakeRegistry.with(tls: TestCertificate.both, { _ in .status(201) }) { storage in
      try await FakeRegistry.with({ request in
        if request.authorization != user.basic {
          return .status(401, [("WWW-Authenticate", "Basic realm=\"x\"")])
        }
        return request.method == "POST"
          ? .status(202, [("Location", "https://\(storage.name)/u")])
          : .status(request.path == "/v2/" ? 200 : 404)
      }) { registry in
        _ = try await credentials.store(user, for: registry.name)
        try await withClient(RegistriesFile(), credentials) {
          let blob = FakeImage.blob(Self.bytes)
          _ = try await $0.upload(blob, to: ImageReference("\(registry.name)/box"), from: path)
        }
      }
      #expect(storage.requests.map(\.method) == ["PUT"])
      #expect(storage.requests.map(\.authorization) == [nil])
      #expect(storage.requests.first?.body == Self.bytes)
    }
  }
}
