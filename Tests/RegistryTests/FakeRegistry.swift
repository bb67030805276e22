import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// What a fake server was asked.
struct FakeRequest: Sendable {
  var method: String
  var path: String
  var query: String
  var headers: HTTPHeaders
  var body: [UInt8]

  var authorization: String? { headers.first(name: "Authorization") }

  /// Method and path, as in `GET /v2/`.
  var line: String { method + " " + path }
}

/// What it answers.
struct FakeAnswer: Sendable {
  var status = 200
  var headers: [(String, String)] = []
  var body: [UInt8] = []
  /// Closes the connection after so many bytes of the body, the rest of which was promised.
  var cut: Int?
  /// Says no length, and ends the body with the connection.
  var hasNoLength = false

  static func status(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") -> FakeAnswer {
    FakeAnswer(status: status, headers: headers, body: Array(body.utf8))
  }

  static func error(_ status: Int, _ code: String, _ message: String) -> FakeAnswer {
    .status(
      status, [("Content-Type", "application/json")],
      #"{"errors":[{"code":"\#(code)","message":"\#(message)"}]}"#)
  }
}

/// A server in this process that answers as a test wants, and remembers what it was asked.
final class FakeRegistry: Sendable {
  typealias Play = @Sendable (FakeRequest) -> FakeAnswer

  private let channel: any Channel
  /// Its own: a test may hold it up.
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let log: NIOLockedValueBox<[FakeRequest]>

  /// - Parameters:
  ///   - host: an address of this machine.
  ///   - tls: its certificate and key in PEM form; nil for plain http.
  init(host: String = "127.0.0.1", tls: (certificate: String, key: String)? = nil, _ play: @escaping Play)
    async throws
  {
    let log = NIOLockedValueBox<[FakeRequest]>([])
    self.log = log
    let context = try tls.map { pem in
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: NIOSSLCertificate.fromPEMBytes(Array(pem.certificate.utf8)).map {
            .certificate($0)
          }, privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(pem.key.utf8), format: .pem))))
    }
    channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          let handlers = child.pipeline.syncOperations
          if let context { try handlers.addHandler(NIOSSLServerHandler(context: context)) }
          try handlers.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
          try handlers.addHandler(
            FakeHandler { request in
              log.withLockedValue { $0.append(request) }
              return play(request)
            })
        }
      }
      .bind(host: host, port: 0).get()
  }

  var port: Int { channel.localAddress?.port ?? 0 }

  /// As in references.
  var name: String { "127.0.0.1:\(port)" }

  var requests: [FakeRequest] { log.withLockedValue { $0 } }

  /// What was asked, but for whether it is a registry.
  var lines: [String] { requests.map(\.line).filter { $0 != "GET /v2/" } }

  func stop() async {
    try? await channel.close()
    try? await group.shutdownGracefully()
  }

  /// Lives as long as a function.
  static func with<Result>(
    host: String = "127.0.0.1", tls: (certificate: String, key: String)? = nil, _ play: @escaping Play,
    _ body: (FakeRegistry) async throws -> Result
  ) async throws -> Result {
    let registry = try await FakeRegistry(host: host, tls: tls, play)
    do {
      let result = try await body(registry)
      await registry.stop()
      return result
    } catch {
      await registry.stop()
      throw error
    }
  }
}

private final class FakeHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let play: @Sendable (FakeRequest) -> FakeAnswer
  private var request: FakeRequest?

  init(_ play: @escaping @Sendable (FakeRequest) -> FakeAnswer) { self.play = play }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let parts = head.uri.split(separator: "?", maxSplits: 1)
      request = FakeRequest(
        method: head.method.rawValue, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
        headers: head.headers, body: [])
    case .body(let bytes): request?.body += bytes.readableBytesView
    case .end:
      guard let request else { return }
      self.request = nil
      answer(play(request), isHead: request.method == "HEAD", context)
    }
  }

  private func answer(_ answer: FakeAnswer, isHead: Bool, _ context: ChannelHandlerContext) {
    var headers = HTTPHeaders(answer.headers)
    let hasLength = headers.contains(name: "Content-Length") || answer.hasNoLength
    if !hasLength { headers.add(name: "Content-Length", value: "\(answer.body.count)") }
    if answer.hasNoLength || answer.cut != nil { headers.add(name: "Connection", value: "close") }
    let version: HTTPVersion = answer.hasNoLength ? .http1_0 : .http1_1
    let head = HTTPResponseHead(
      version: version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if !isHead, !answer.body.isEmpty {
      let body = answer.body.prefix(answer.cut ?? answer.body.count)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    }
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    if answer.cut != nil {
      context.flush()
      context.close(promise: nil)
    } else {
      context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
        if answer.hasNoLength { bound.value.close(promise: nil) }
      }
    }
  }
}
