import struct Crypto.SHA256
import Images
import NIOCore
import NIOHTTP1
import OCISpec
import Runtime

/// A manifest or an index as a registry has it, byte for byte.
public struct RemoteManifest: Sendable {
  public var descriptor: Descriptor
  public var bytes: [UInt8]
}

extension RegistryClient {
  /// Fetches what a reference stands for, from its mirrors or its registry.
  ///
  /// - Throws: `Failure` in docker's words where it is not there.
  public func manifest(_ reference: ImageReference) async throws -> RemoteManifest {
    try await fromSources(reference) { endpoint in
      let answer = try await endpoint.send(Self.request(.GET, reference))
      guard answer.isSuccess else { throw await Self.refusal(answer, reference) }
      let manifest = try await Self.read(answer, reference)
      await self.prefer(endpoint, for: reference)
      return manifest
    }
  }

  /// What a reference stands for, without fetching it; nil where the server does not say.
  public func resolve(_ reference: ImageReference) async throws -> Descriptor? {
    try await fromSources(reference) { endpoint in
      let answer = try await endpoint.send(Self.request(.HEAD, reference))
      // There are servers that know only GET.
      if [400, 405, 501].contains(answer.status) { return nil }
      guard answer.isSuccess else { throw await Self.refusal(answer, reference) }
      guard let digest = answer.header("Docker-Content-Digest").flatMap({ Digest($0) }),
        let type = answer.mediaType, let size = answer.length
      else { return nil }
      return Descriptor(mediaType: type, digest: digest, size: size)
    }
  }

  /// Asks one after the other until there is an answer. What the registry itself says is told.
  private func fromSources<Result: Sendable>(
    _ reference: ImageReference, _ body: @Sendable (Endpoint) async throws -> Result
  ) async throws -> Result {
    let sources = try await sources(reference)
    for endpoint in sources.dropLast() {
      do {
        return try await body(endpoint)
      } catch {
        try Task.checkCancellation()
      }
    }
    return try await body(sources[sources.count - 1])
  }

  private static func request(_ method: HTTPMethod, _ reference: ImageReference) -> RegistryRequest {
    RegistryRequest(
      method: method, target: .path("/v2/\(reference.repository)/manifests/\(reference.tagOrDigest)"),
      headers: HTTPHeaders(MediaType.manifestsAndIndexes.map { ("Accept", $0) }),
      scopes: [reference.scope("pull")])
  }

  private static func read(_ answer: Answer, _ reference: ImageReference) async throws -> RemoteManifest {
    let bytes: [UInt8]
    do {
      bytes = try await answer.bytes(limit: manifestLimit)
    } catch let error as TransportError {
      throw error.failure
    }
    let digest = Digest(bytes: SHA256.hash(data: bytes))
    // By a digest there is but one right answer. By a tag, the server's word shows what was broken on its way.
    let wanted = reference.digest ?? answer.header("Docker-Content-Digest").flatMap { Digest($0) }
    if let wanted, wanted != digest {
      throw Failure(
        "manifest for \(reference.familiar)", reason: "its digest is \(digest), not \(wanted)")
    }
    let type = try mediaType(of: bytes, answer.mediaType, reference)
    return RemoteManifest(
      descriptor: Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count)), bytes: bytes)
  }

  /// What it is: as the text says itself, or else as the server says. Two words for one thing are refused, since
  /// others would read it otherwise.
  private static func mediaType(
    of bytes: [UInt8], _ header: String?, _ reference: ImageReference
  ) throws -> String {
    func wrong(_ reason: String, hint: String? = nil) -> Failure {
      Failure("manifest for \(reference.familiar)", reason: reason, hint: hint)
    }
    let said: (type: String?, schema: Int?, isIndex: Bool, isManifest: Bool)
    do throws(SpecError) {
      let object = try JSONDocument(bytes, name: "the document").root.object()
      said = try (
        object.string("mediaType"), object.integer("schemaVersion"), object["manifests"] != nil,
        object["layers"] != nil || object["config"] != nil
      )
    } catch {
      throw wrong(TextOfServer.line("\(error)"))
    }
    if said.schema == 1 {
      throw wrong("schema 1 is no longer supported", hint: "push it again with a newer client")
    }
    if said.isIndex && said.isManifest { throw wrong("it is both a list and an image") }
    let known = MediaType.manifestsAndIndexes
    if let type = said.type, let header, type != header, known.contains(type), known.contains(header) {
      throw wrong("it calls itself \(type), and the server \(header)")
    }
    guard let type = said.type ?? header.flatMap({ known.contains($0) ? $0 : nil }) else {
      // image-spec leaves the type out where the form says it.
      if said.isIndex { return MediaType.index }
      if said.isManifest { return MediaType.manifest }
      throw wrong("it is no image")
    }
    guard known.contains(type) else { throw wrong("\(TextOfServer.line(type, limit: 100)) is no image") }
    guard MediaType.isIndex(type) ? !said.isManifest : !said.isIndex else {
      throw wrong("it is not what it calls itself")
    }
    return type
  }

  /// Why there is no such thing, in the words that people know from docker.
  static func refusal(_ answer: Answer, _ reference: ImageReference) async -> Failure {
    var error = await RegistryError.read(answer)
    if error.code == nil, answer.status == 404 {
      // A HEAD has no body, and mirrors have words of their own.
      (error.code, error.message) = ("MANIFEST_UNKNOWN", "manifest unknown")
    }
    if error.code == nil, answer.status == 401 {
      (error.code, error.message) = ("UNAUTHORIZED", "authentication required")
    }
    return refusal(error, reference)
  }

  static func refusal(_ error: RegistryError, _ reference: ImageReference) -> Failure {
    let name = reference.familiarName
    if error.isDenied {
      return Failure(
        "pull access denied for \(name), repository does not exist or may require 'swiftainer login'",
        reason: error.text)
    }
    switch error.code {
    case "NAME_UNKNOWN": return Failure("repository \(name) not found", reason: error.text)
    case "MANIFEST_UNKNOWN", "NOT_FOUND":
      return Failure("manifest for \(reference.familiar) not found", reason: error.text)
    default: return Failure("pull \(reference.familiar)", reason: error.text)
    }
  }
}
