import NIOCore

/// Closes a connection that is one too many, before anything is read from it.
final class ConnectionLimit: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// A scraper needs one or two.
  private static let limit = 64

  /// How many there are.
  private let connections: NIOLoopBoundBox<Int>

  init(_ connections: NIOLoopBoundBox<Int>) { self.connections = connections }

  func channelActive(context: ChannelHandlerContext) {
    connections.value += 1
    if connections.value > Self.limit {
      context.close(promise: nil)
      return
    }
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    connections.value -= 1
    context.fireChannelInactive()
  }
}
