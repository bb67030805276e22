import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Runtime

/// A wish for a token. Source: distribution's "Token Authentication Specification" and "OAuth2 Token Authentication".
struct TokenRequest {
  static let client = "swiftainer"

  var realm: Locator
  var service: String?
  var scopes: [String]
  var credential: Credential?
  var isLogin: Bool

  /// Tokens are asked for where the server says; it may not lead elsewhere with a password in hand.
  func send(_ transport: Transport, tls: TLSConfiguration?) async throws -> Answer {
    for retry in 0... {
      let outcome: Result<Answer, TransportError>
      do {
        outcome = .success(try await once(transport, tls))
      } catch let error as TransportError {
        outcome = .failure(error)
      }
      let isLast = retry >= transport.patience.retries
      switch outcome {
      case .success(let answer):
        if !answer.mayPass || isLast { return answer }
        await answer.drain()
      case .failure(let error):
        if !error.mayPass || isLast { throw error.failure }
      }
      try await transport.patience.sleep(transport.patience.delay(before: retry))
    }
    throw CancellationError()
  }

  private func once(_ transport: Transport, _ tls: TLSConfiguration?) async throws -> Answer {
    if let token = credential?.identityToken {
      var form = "grant_type=refresh_token&client_id=\(Self.client)"
      form += "&refresh_token=" + Locator.encoded(token)
      if let service { form += "&service=" + Locator.encoded(service) }
      if !scopes.isEmpty { form += "&scope=" + Locator.encoded(scopes.joined(separator: " ")) }
      let response = try await transport.send(
        .POST, realm, headers: ["Content-Type": "application/x-www-form-urlencoded"],
        body: .bytes(ByteBuffer(string: form)), tls: tls)
      return Answer(response, realm, transport.patience)
    }
    var locator = realm
    if let service { locator = locator.adding("service", service) }
    for scope in scopes { locator = locator.adding("scope", scope) }
    var headers = HTTPHeaders()
    if let credential {
      locator = locator.adding("account", credential.username)
      headers.add(name: "Authorization", value: credential.basic)
    }
    if isLogin { locator = locator.adding("offline_token", "true").adding("client_id", Self.client) }
    return Answer(
      try await transport.send(.GET, locator, headers: headers, tls: tls), realm, transport.patience)
  }
}
