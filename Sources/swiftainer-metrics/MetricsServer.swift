import NIOCore
import NIOHTTP1
import NIOPosix
import Runtime

/// Serves the metrics by HTTP, from one thread.
final class MetricsServer {
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// - Parameters:
  ///   - address: an IP address.
  ///   - port: 0 for a free one.
  init(address: String, port: UInt16) throws {
    let socket: SocketAddress
    do {
      socket = try SocketAddress(ipAddress: address, port: Int(port))
    } catch {
      throw Failure("--listen", address, reason: "not an IP address")
    }
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let connections = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: group.next())
    do {
      channel = try ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 128)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.maxMessagesPerRead, value: 1)
        .childChannelInitializer { child in
          child.eventLoop.makeCompletedFuture {
            let handlers = child.pipeline.syncOperations
            try handlers.addHandler(ConnectionLimit(connections))
            try handlers.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: true)
            try handlers.addHandler(MetricsHandler())
          }
        }
        .bind(to: socket).wait()
    } catch let error as IOError {
      try? group.syncShutdownGracefully()
      throw Failure("--listen", "\(address):\(port)", errno: error.errnoCode)
    }
  }

  /// As a URL has it.
  var address: String {
    guard let local = channel.localAddress, let ip = local.ipAddress, let port = local.port else {
      return "?"
    }
    return "http://" + (ip.contains(":") ? "[\(ip)]" : ip) + ":\(port)"
  }

  /// Closes all connections.
  func stop() {
    try? channel.close().wait()
    try? group.syncShutdownGracefully()
  }
}
