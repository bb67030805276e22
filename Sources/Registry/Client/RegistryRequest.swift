import AsyncHTTPClient
import NIOHTTP1
import Runtime

/// Something to be asked of a registry.
struct RegistryRequest: Sendable {
  enum Target: Sendable {
    /// Below the server's `/v2`, or from its root on; with a query.
    case path(String, query: [(String, String)] = [])
    /// Where an earlier answer led.
    case locator(Locator)
  }

  var method: HTTPMethod = .GET
  var target: Target
  var headers: HTTPHeaders = [:]
  /// Made anew for each try.
  var body: (@Sendable () -> HTTPClientRequest.Body)?
  /// What must be allowed, as in `repository:library/nginx:pull`.
  var scopes: [String] = []
  /// Whether who asks is told only where that is asked for.
  var isOpen = false
  /// Whether it may be sent again when nobody knows what has become of it.
  var isRepeatable = true

  /// - Parameter base: of a server, without `/v2`.
  func locator(at base: Locator) -> Locator? {
    switch target {
    case .locator(let locator): return locator
    case .path(let path, let query):
      var locator = base
      locator.path = (base.path == "/" ? "" : base.path) + path
      for (name, value) in query { locator = locator.adding(name, value) }
      return locator
    }
  }

  /// Where an answer leads on; nil where it is the end of the way.
  func redirect(_ answer: Answer, from locator: Locator) throws(Failure) -> Locator? {
    let isReading = method == .GET || method == .HEAD
    switch answer.status {
    case 307, 308: break
    case 301, 302, 303: if !isReading { return nil }
    default: return nil
    }
    guard let text = answer.header("Location") else { return nil }
    guard let next = locator.resolve(text) else {
      throw Failure("get", locator.shown, reason: "redirected to no address")
    }
    return next
  }
}
