import struct Crypto.SHA256
import Images
import NIOCore
import NIOHTTP1
import OCISpec
import Runtime

extension RegistryClient {
  /// Fetches a blob. What has come when a connection breaks is not fetched again.
  ///
  /// - Parameters:
  ///   - reference: whose repository has it.
  ///   - progress: told how many bytes are there, those that were kept among them.
  /// - Throws: `Failure` where it is not there, or not what the descriptor says.
  public func download(
    _ blob: Descriptor, of reference: ImageReference, into sink: some BlobSink,
    retrying: @Sendable (_ milliseconds: Int64) -> Void = { _ in },
    progress: @Sendable (_ bytes: Int64) -> Void = { _ in }
  ) async throws {
    var download = BlobDownload(blob: blob, reference: reference, patience: patience)
    try await sink.kept { piece in download.take(piece) }
    if download.offset > blob.size {
      await sink.discard()
      throw download.failure("what was kept is longer than its \(blob.size) bytes")
    }
    progress(download.offset)
    var sources = try await sources(reference)
    while !download.isComplete {
      let isOnly = sources.count == 1
      do {
        try await download.run(sources[0], sink, retrying: retrying, progress: progress)
      } catch let error as BlobDownload.Elsewhere {
        if isOnly { throw error.failure }
        sources.removeFirst()
      }
    }
    guard download.digest == blob.digest else {
      await sink.discard()
      throw download.failure("its digest is \(download.digest)")
    }
  }

  /// A small blob, whole.
  ///
  /// Throws where it is longer than `limit` bytes.
  public func bytes(of blob: Descriptor, of reference: ImageReference, limit: Int = manifestLimit)
    async throws -> [UInt8]
  {
    if blob.size > limit {
      throw Failure("blob \(blob.digest)", reason: "\(blob.size) bytes are more than \(limit)")
    }
    let sink = MemorySink()
    try await download(blob, of: reference, into: sink)
    return sink.content
  }
}

/// How far a blob's download has come.
struct BlobDownload {
  let blob: Descriptor
  let reference: ImageReference
  let patience: Patience
  /// Bytes that the sink has.
  private(set) var offset: Int64 = 0
  private var hash = SHA256()
  /// Tries without much that came.
  private var failures = 0
  private var offsetOfLastFailure: Int64 = 0

  /// So much must come before a further break of the connection counts as the first: nobody may make us try for ever.
  private static let worthwhile: Int64 = 256 << 10

  /// The server cannot help; another may.
  struct Elsewhere: Error {
    var failure: Failure
  }

  init(blob: Descriptor, reference: ImageReference, patience: Patience) {
    self.blob = blob
    self.reference = reference
    self.patience = patience
  }

  var isComplete: Bool { offset == blob.size }

  var digest: Digest { Digest(bytes: hash.finalize()) }

  func failure(_ reason: String) -> Failure { Failure("blob \(blob.digest)", reason: reason) }

  mutating func take(_ piece: ByteBuffer) {
    piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    offset += Int64(piece.readableBytes)
  }

  /// Fetches what is missing, however many connections it takes.
  mutating func run(
    _ endpoint: Endpoint, _ sink: some BlobSink, retrying: @Sendable (Int64) -> Void,
    progress: @Sendable (Int64) -> Void
  ) async throws {
    while !isComplete {
      do {
        let answer = try await answer(of: endpoint)
        if answer.mayPass {
          let asked = answer.retryAfter
          let refusal = failure(await RegistryError.read(answer).text)
          try await wait(endpoint, asked: asked, refusal, retrying)
          continue
        }
        try await receive(answer, sink, progress)
        // A connection that ends in silence has broken as well.
        if !isComplete {
          let reason = "the connection was closed after \(offset) of \(blob.size) bytes"
          try await wait(endpoint, asked: nil, failure(reason), retrying)
        }
      } catch let error as TransportError {
        guard error.mayPass else { throw Elsewhere(failure: error.failure) }
        try await wait(endpoint, asked: nil, error.failure, retrying)
      }
    }
  }

  /// What keeps a server from answering at all is no better than its refusal. Failures of the sink are not among it.
  private func answer(of endpoint: Endpoint) async throws -> Answer {
    do {
      return try await endpoint.once(request)
    } catch let error as Failure {
      throw Elsewhere(failure: error)
    }
  }

  private var request: RegistryRequest {
    RegistryRequest(
      target: .path("/v2/\(reference.repository)/blobs/\(blob.digest)"),
      headers: offset > 0 ? ["Range": "bytes=\(offset)-"] : [:], scopes: [reference.scope("pull")])
  }

  private mutating func wait(
    _ endpoint: Endpoint, asked: Int64?, _ cause: Failure, _ retrying: @Sendable (Int64) -> Void
  ) async throws {
    if offset - offsetOfLastFailure >= Self.worthwhile { failures = 0 }
    offsetOfLastFailure = offset
    guard failures < endpoint.patience.retries else { throw Elsewhere(failure: cause) }
    let delay = max(asked ?? patience.delay(before: failures), 1)
    if delay > patience.longestDelay * 1250 { throw Elsewhere(failure: cause) }
    failures += 1
    retrying(delay)
    try await patience.sleep(delay)
  }

  /// Hands an answer's bytes on. Throws `TransportError` where they end too early.
  private mutating func receive(
    _ answer: Answer, _ sink: some BlobSink, _ progress: @Sendable (Int64) -> Void
  ) async throws {
    var skipped = try await begin(answer)
    for try await piece in answer.pieces {
      var piece = piece
      let known = Int(min(skipped, Int64(piece.readableBytes)))
      piece.moveReaderIndex(forwardBy: known)
      skipped -= Int64(known)
      if piece.readableBytes == 0 { continue }
      guard offset + Int64(piece.readableBytes) <= blob.size else {
        await sink.discard()
        throw failure("longer than its \(blob.size) bytes")
      }
      try await sink.write(piece)
      take(piece)
      progress(offset)
    }
  }

  /// Checks what an answer is; returns how many of its bytes are here already.
  private func begin(_ answer: Answer) async throws -> Int64 {
    func mismatch(_ what: String) -> Elsewhere {
      Elsewhere(failure: failure("the server has \(what), not \(blob.size) bytes"))
    }
    switch answer.status {
    case 200:
      if let length = answer.length, length != blob.size { throw mismatch("\(length)") }
      return offset
    case 206:
      let wanted = "bytes \(offset)-"
      guard offset > 0, let range = answer.header("Content-Range"), range.hasPrefix(wanted),
        range.hasSuffix("/\(blob.size)") || range.hasSuffix("/*")
      else { throw mismatch("another range") }
      if let length = answer.length, length > blob.size - offset { throw mismatch("\(offset + length)") }
      return 0
    case 416: throw mismatch("fewer")
    default:
      let error = await RegistryError.read(answer)
      if error.isDenied { throw Elsewhere(failure: RegistryClient.refusal(error, reference)) }
      throw Elsewhere(failure: failure(error.text))
    }
  }
}
