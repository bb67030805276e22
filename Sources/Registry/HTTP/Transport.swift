import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Runtime

/// Takes single requests to servers, directly or through a proxy. It follows nothing and tries nothing again.
final class Transport: Sendable {
  private let proxies: ProxySettings
  private let direct: HTTPClient
  private let proxied: [ProxySettings.Proxy: HTTPClient]
  let patience: Patience

  init(proxies: ProxySettings, patience: Patience) {
    self.proxies = proxies
    self.patience = patience
    direct = HTTPClient(
      eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: Self.configuration(patience, nil))
    var clients: [ProxySettings.Proxy: HTTPClient] = [:]
    for proxy in Set([proxies.http, proxies.https].compactMap { $0 }) {
      clients[proxy] = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: Self.configuration(patience, proxy))
    }
    proxied = clients
  }

  private static func configuration(
    _ patience: Patience, _ proxy: ProxySettings.Proxy?
  ) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(
        connect: .seconds(patience.connecting), read: .seconds(patience.silence),
        write: .seconds(patience.silence)))
    // A layer is one long answer: streams that share a connection would only wait for one another.
    configuration.httpVersion = .http1Only
    // A name that does not exist is told of at once; what may pass is tried again by whoever asks.
    configuration.connectionPool.retryConnectionEstablishment = false
    if let proxy {
      configuration.proxy =
        proxy.isSocks
        ? .socksServer(host: proxy.host, port: proxy.port)
        : .server(
          host: proxy.host, port: proxy.port,
          authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
    }
    return configuration
  }

  /// Must be called in the end, once.
  func close() async {
    for client in [direct] + Array(proxied.values) { try? await client.shutdown() }
  }

  /// - Parameters:
  ///   - headers: further ones than every request has.
  ///   - body: nil where there is none.
  ///   - tls: how the server is to prove who it is.
  /// - Throws: `TransportError`, or `CancellationError`.
  func send(
    _ method: HTTPMethod, _ locator: Locator, headers: HTTPHeaders, body: HTTPClientRequest.Body? = nil,
    tls: TLSConfiguration?
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: locator.description)
    request.method = method
    request.headers = headers
    request.headers.replaceOrAdd(name: "User-Agent", value: "swiftainer/\(RuntimeVersion.number)")
    request.body = body
    request.tlsConfiguration = locator.isSecure ? tls : nil
    let client = proxies.proxy(for: locator).flatMap { proxied[$0] } ?? direct
    do {
      return try await client.execute(request, deadline: deadline(of: body))
    } catch {
      if Task.isCancelled { throw CancellationError() }
      throw TransportError(error, at: locator, patience)
    }
  }

  /// An answer to a large body begins when all of that has gone: there only silence ends the wait.
  private func deadline(of body: HTTPClientRequest.Body?) -> NIODeadline {
    body == nil ? .now() + .seconds(patience.answering) : .distantFuture
  }
}
