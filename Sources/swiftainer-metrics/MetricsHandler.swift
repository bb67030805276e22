import Engine
import NIOCore
import NIOHTTP1

/// Answers one connection's requests: `/metrics`, and a page that points to it.
final class MetricsHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// From the beginning of a connection to the end of its request, and for the whole of an answer.
  private static let patience = TimeAmount.seconds(10)
  /// Between two requests: scrapers come once a minute, most of them.
  private static let keepAlive = TimeAmount.seconds(120)
  /// Bytes of a request's body, which nobody reads.
  private static let bodyLimit = 1 << 16

  private var head: HTTPRequestHead?
  private var bodyLength = 0
  /// Closes the connection when it takes too long.
  private var deadline: Scheduled<Void>?

  func channelActive(context: ChannelHandlerContext) {
    allow(Self.patience, context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      bodyLength = 0
      allow(Self.patience, context)
    case .body(let bytes):
      bodyLength += bytes.readableBytes
      if bodyLength > Self.bodyLimit { context.close(promise: nil) }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  private func allow(_ time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
  }

  private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let (status, type, body) = Self.response(to: request)
    var headers = HTTPHeaders([
      ("Content-Type", type), ("Content-Length", "\(body.utf8.count)"), ("Cache-Control", "no-store"),
    ])
    if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
    )
    .whenFailure { _ in }
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body))))).whenFailure { _ in }
    }
    allow(Self.patience, context)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
      let (handler, context) = bound.value
      if case .success = result, request.isKeepAlive {
        handler.allow(Self.keepAlive, context)
      } else {
        context.close(promise: nil)
      }
    }
  }

  private static func response(
    to request: HTTPRequestHead
  ) -> (status: HTTPResponseStatus, type: String, body: String) {
    guard request.method == .GET || request.method == .HEAD else {
      return (.methodNotAllowed, "text/plain; charset=utf-8", "only GET and HEAD\n")
    }
    switch request.uri.prefix(while: { $0 != "?" }) {
    case "/metrics": return (.ok, "text/plain; version=0.0.4; charset=utf-8", MetricsPage.current())
    case "/":
      let page = "<!doctype html><title>swiftainer</title><a href=\"metrics\">metrics</a>\n"
      return (.ok, "text/html; charset=utf-8", page)
    default: return (.notFound, "text/plain; charset=utf-8", "not found: the metrics are at /metrics\n")
    }
  }
}
