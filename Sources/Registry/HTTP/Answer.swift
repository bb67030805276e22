import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Runtime

/// What a server answered; the body comes as it is asked for.
struct Answer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: HTTPClientResponse.Body
  /// Where it came from, after whatever led there.
  var locator: Locator
  let patience: Patience

  init(_ response: HTTPClientResponse, _ locator: Locator, _ patience: Patience) {
    status = Int(response.status.code)
    headers = response.headers
    body = response.body
    self.locator = locator
    self.patience = patience
  }

  var isSuccess: Bool { (200..<300).contains(status) }

  /// The only value of a header; nil where it is absent.
  func header(_ name: String) -> String? { headers.first(name: name) }

  /// How long the whole of it is, in bytes, where the server says so.
  var length: Int64? { header("Content-Length").flatMap { Int64($0) } }

  /// The type without its parameters, in lower case.
  var mediaType: String? {
    header("Content-Type").map { type in
      String(type.prefix { $0 != ";" && $0 != " " }).lowercased()
    }
  }

  /// The whole body.
  ///
  /// Throws where it is longer than `limit` bytes.
  func bytes(limit: Int) async throws -> [UInt8] {
    if let length, length > limit { throw tooLong(limit) }
    var result: [UInt8] = []
    for try await piece in pieces {
      if result.count + piece.readableBytes > limit { throw tooLong(limit) }
      result += piece.readableBytesView
    }
    if let length, result.count < length {
      throw TransportError(.broken, Failure("get", locator.shown, reason: "the connection was closed"))
    }
    return result
  }

  private func tooLong(_ limit: Int) -> Failure {
    Failure("get", locator.shown, reason: "the answer is longer than \(limit) bytes")
  }

  /// The body in pieces. Its errors are `TransportError`, or `CancellationError`.
  var pieces: Pieces { Pieces(answer: self) }

  struct Pieces: AsyncSequence {
    let answer: Answer

    func makeAsyncIterator() -> Iterator {
      Iterator(pieces: answer.body.makeAsyncIterator(), answer: answer)
    }

    struct Iterator: AsyncIteratorProtocol {
      var pieces: HTTPClientResponse.Body.AsyncIterator
      let answer: Answer

      mutating func next() async throws -> ByteBuffer? {
        do {
          return try await pieces.next()
        } catch {
          if Task.isCancelled { throw CancellationError() }
          throw TransportError(error, at: answer.locator, answer.patience)
        }
      }
    }
  }

  /// Reads what nobody wants, so that the connection can be used again. Where that is much, closing is cheaper.
  func drain() async {
    var left = 64 << 10
    do {
      for try await piece in body {
        left -= piece.readableBytes
        if left < 0 { return }
      }
    } catch {}
  }

  /// Milliseconds that the server asks us to wait; nil where it says none. A date counts as none: clocks differ.
  var retryAfter: Int64? {
    guard let seconds = header("Retry-After").flatMap({ Int64($0) }), seconds >= 0 else { return nil }
    return min(seconds, 1 << 20) * 1000
  }

  /// Whether the same request may be answered otherwise a while later.
  var mayPass: Bool { [408, 429, 500, 502, 503, 504].contains(status) }
}
