import AsyncHTTPClient
import Images
import NIOCore
import NIOHTTP1
import OCISpec
import Runtime

/// How a blob came to be in a registry.
public enum Upload: Equatable, Sendable {
  case wasThere
  /// The registry has taken it from another of its repositories.
  case mounted(from: String)
  case uploaded
}

extension RegistryClient {
  /// Whether a repository has a blob.
  public func has(_ blob: Descriptor, in reference: ImageReference) async throws -> Bool {
    let answer = try await endpoint(reference.registry).send(
      RegistryRequest(
        method: .HEAD, target: .path("/v2/\(reference.repository)/blobs/\(blob.digest)"),
        scopes: [reference.scope("pull,push")]))
    if answer.isSuccess { return true }
    if answer.status == 404 { return false }
    throw await Self.pushRefusal(answer, reference)
  }

  /// Brings a blob into a repository, unless it is there.
  ///
  /// - Parameters:
  ///   - path: of the file that holds it.
  ///   - others: repositories of the same registry that may have it.
  ///   - progress: told how many bytes have gone.
  public func upload(
    _ blob: Descriptor, to reference: ImageReference, from path: String, mountingFrom others: [String] = [],
    retrying: @Sendable (_ milliseconds: Int64) -> Void = { _ in },
    progress: @escaping @Sendable (_ bytes: Int64) -> Void = { _ in }
  ) async throws -> Upload {
    if try await has(blob, in: reference) { return .wasThere }
    let endpoint = try await endpoint(reference.registry)
    let upload = BlobUpload(
      blob: blob, reference: reference, path: path, endpoint: endpoint, progress: progress)
    var location: Locator?
    for other in others.prefix(4) where other != reference.repository {
      let answer = try await upload.mount(from: other)
      if answer.status == 201 { return .mounted(from: other) }
      // It cannot, and has begun an upload instead.
      if answer.status == 202 {
        location = try upload.location(answer)
        break
      }
    }
    for retry in 0... {
      let failure: Failure
      do {
        try await upload.run(at: location)
        return .uploaded
      } catch let error as TransportError {
        if !error.mayPass { throw error.failure }
        failure = error.failure
      } catch let error as BlobUpload.Again {
        failure = error.failure
      }
      if retry >= patience.retries { throw failure }
      // What a broken one has left is forgotten by the registry.
      location = nil
      let delay = patience.delay(before: retry)
      retrying(delay)
      try await patience.sleep(delay)
    }
    return .uploaded
  }

  /// Puts a manifest or an index under a reference; what it names must be there.
  public func put(_ bytes: [UInt8], _ descriptor: Descriptor, to reference: ImageReference) async throws {
    let answer = try await endpoint(reference.registry).send(
      RegistryRequest(
        method: .PUT, target: .path("/v2/\(reference.repository)/manifests/\(reference.tagOrDigest)"),
        headers: ["Content-Type": descriptor.mediaType], body: { .bytes(ByteBuffer(bytes: bytes)) },
        scopes: [reference.scope("pull,push")]))
    guard answer.isSuccess else { throw await Self.pushRefusal(answer, reference) }
    await answer.drain()
    if let digest = answer.header("Docker-Content-Digest").flatMap({ Digest($0) }),
      digest != descriptor.digest
    {
      throw Failure(
        "push \(reference.familiar)", reason: "the registry has \(digest) instead of \(descriptor.digest)")
    }
  }

  static func pushRefusal(_ answer: Answer, _ reference: ImageReference) async -> Failure {
    let error = await RegistryError.read(answer)
    if answer.status == 401, error.code == nil || error.code == "UNAUTHORIZED" {
      return Failure(
        "push to \(reference.familiarName)",
        reason: error.code == nil ? "unauthorized: authentication required" : error.text,
        hint: "swiftainer login"
          + (reference.registry == ImageReference.usualRegistry ? "" : " " + reference.registry))
    }
    if error.isDenied {
      return Failure(
        "push to \(reference.familiarName)",
        reason: error.code == nil ? "denied: requested access to the resource is denied" : error.text)
    }
    return Failure("push to \(reference.familiarName)", reason: error.text)
  }
}

/// One blob on its way.
struct BlobUpload: Sendable {
  let blob: Descriptor
  let reference: ImageReference
  let path: String
  let endpoint: Endpoint
  let progress: @Sendable (Int64) -> Void

  /// It may succeed from the beginning on.
  struct Again: Error {
    var failure: Failure
  }

  /// Bytes of a piece where a registry takes no whole; more where it says so, but no more than that.
  private static let pieceSize: Int64 = 16 << 20
  private static let largestPiece: Int64 = 1 << 30

  private var scopes: [String] { [reference.scope("pull,push")] }

  /// Asks the registry for what another of its repositories has.
  func mount(from other: String) async throws -> Answer {
    let answer = try await endpoint.send(
      RegistryRequest(
        method: .POST,
        target: .path(
          "/v2/\(reference.repository)/blobs/uploads/",
          query: [("mount", "\(blob.digest)"), ("from", other)]),
        body: { .bytes(ByteBuffer()) }, scopes: scopes + ["repository:\(other):pull"]))
    await answer.drain()
    return answer
  }

  private func begin() async throws -> Answer {
    let answer = try await endpoint.once(
      RegistryRequest(
        method: .POST, target: .path("/v2/\(reference.repository)/blobs/uploads/"),
        body: { .bytes(ByteBuffer()) }, scopes: scopes))
    try await check(answer, 202)
    return answer
  }

  func run(at begun: Locator?) async throws {
    var location: Locator
    if let begun { location = begun } else { location = try self.location(try await begin()) }
    let whole = try await put(location, FileChunks(path: path, length: blob.size, progress: progress))
    if whole.status == 201 { return await whole.drain() }
    guard [405, 411, 413, 501].contains(whole.status) else { return try await check(whole, 201) }
    // It takes no blob as a whole, or none of that size.
    await whole.drain()
    let answer = try await begin()
    location = try self.location(answer)
    let asked = answer.header("OCI-Chunk-Min-Length").flatMap { Int64($0) } ?? 0
    let size = min(max(asked, Self.pieceSize), Self.largestPiece)
    var offset: Int64 = 0
    while offset < blob.size {
      let length = min(size, blob.size - offset)
      let piece = try await patch(location, offset, length)
      try await check(piece, 202)
      location = try self.location(piece)
      offset += length
    }
    try await check(try await put(location, nil), 201)
  }

  private func put(_ location: Locator, _ chunks: FileChunks?) async throws -> Answer {
    try await endpoint.once(
      RegistryRequest(
        method: .PUT, target: .locator(location.adding("digest", "\(blob.digest)")),
        headers: ["Content-Type": "application/octet-stream"],
        body: { chunks.map { .stream($0, length: .known($0.length)) } ?? .bytes(ByteBuffer()) },
        scopes: scopes))
  }

  private func patch(_ location: Locator, _ offset: Int64, _ length: Int64) async throws -> Answer {
    let chunks = FileChunks(path: path, offset: offset, length: length, progress: progress)
    return try await endpoint.once(
      RegistryRequest(
        method: .PATCH, target: .locator(location),
        headers: [
          "Content-Type": "application/octet-stream", "Content-Range": "\(offset)-\(offset + length - 1)",
        ],
        body: { .stream(chunks, length: .known(length)) }, scopes: scopes))
  }

  private func check(_ answer: Answer, _ wanted: Int) async throws {
    if answer.status == wanted { return await answer.drain() }
    let failure = await RegistryClient.pushRefusal(answer, reference)
    if answer.mayPass { throw Again(failure: failure) }
    throw failure
  }

  /// Where the next bytes go.
  func location(_ answer: Answer) throws(Failure) -> Locator {
    guard let text = answer.header("Location"), var next = answer.locator.resolve(text) else {
      throw Failure("push to \(reference.familiarName)", reason: "the registry does not say where to")
    }
    // Registries behind something that speaks TLS for them often do not know of it.
    if answer.locator.isSecure, !next.isSecure, next.host == answer.locator.host {
      next.isSecure = true
      if next.port == nil { next.port = answer.locator.port }
    }
    guard next.isSecure || next.hasSameOrigin(as: answer.locator) else {
      throw Failure("push to \(reference.familiarName)", reason: "sent to plain http: \(next.shown)")
    }
    return next
  }
}
