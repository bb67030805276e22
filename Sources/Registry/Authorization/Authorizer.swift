import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Runtime

/// Knows how a server wants to be told who asks, and has the proof at hand. Tokens are kept for as long as this lives.
actor Authorizer {
  /// How an address' server is to prove who it is, and whether it may be asked by plain http.
  struct Route: Sendable {
    var tls: TLSConfiguration?
    var mayBePlain: Bool
  }

  private enum Scheme {
    case basic
    case bearer(realm: Locator, service: String?)
  }

  /// What people call the server.
  private let name: String
  private let transport: Transport
  private let find: @Sendable () async throws -> Credential?
  private let route: @Sendable (Locator) throws -> Route
  private var scheme: Scheme?
  private var tokens: [Set<String>: Token] = [:]
  private var credential: Credential??

  init(
    _ name: String, _ transport: Transport, find: @escaping @Sendable () async throws -> Credential?,
    route: @escaping @Sendable (Locator) throws -> Route
  ) {
    self.name = name
    self.transport = transport
    self.find = find
    self.route = route
  }

  /// Notes how the server asks.
  func learn(_ challenges: [Challenge], at locator: Locator) throws {
    if let challenge = challenges.first(where: { $0.scheme == "bearer" }) {
      scheme = try bearer(challenge, locator)
    } else if challenges.contains(where: { $0.scheme == "basic" }) {
      scheme = .basic
    }
  }

  private func bearer(_ challenge: Challenge, _ locator: Locator) throws -> Scheme {
    guard let text = challenge.parameters["realm"], let realm = Locator(text) else {
      throw Failure("log in to", name, reason: "it does not say where tokens are")
    }
    // Passwords go there.
    let mayBePlain = try !locator.isSecure && route(realm).mayBePlain
    guard realm.isSecure || mayBePlain else {
      throw Failure("log in to", name, reason: "it asks for passwords by plain http: \(realm.shown)")
    }
    return .bearer(realm: realm, service: challenge.parameters["service"])
  }

  /// What a request should hold as `Authorization`; nil where nothing is known to be asked for.
  func header(for scopes: [String]) async throws -> String? {
    switch scheme {
    case nil: return nil
    case .basic: return try await basic()
    case .bearer(let realm, let service): return try await bearer(realm, service, scopes)
    }
  }

  /// What a request should hold after it was refused; nil where there is nothing else to say.
  ///
  /// - Parameter refused: what it held.
  func answer(
    _ challenges: [Challenge], at locator: Locator, scopes: [String], refused: String?
  ) async throws -> String? {
    try learn(challenges, at: locator)
    guard let scheme else { return nil }
    var wanted = scopes
    // What is asked for without a scope of its own is about nobody's repository.
    if !scopes.isEmpty, let more = challenges.first(where: { $0.scheme == "bearer" })?.parameters["scope"] {
      for scope in more.split(separator: " ").prefix(16) where !wanted.contains(String(scope)) {
        wanted.append(String(scope))
      }
    }
    for (key, token) in tokens where "Bearer " + token.text == refused { tokens[key] = nil }
    let header: String?
    switch scheme {
    case .basic: header = try await basic()
    case .bearer(let realm, let service):
      header = try await bearer(realm, service, wanted)
      // Whoever asks for the same next time does not know of the server's own wishes.
      if let token = tokens[Set(wanted)] { tokens[Set(scopes)] = token }
    }
    return header == refused ? nil : header
  }

  private func known() async throws -> Credential? {
    if let credential { return credential }
    let found = try await find()
    credential = .some(found)
    return found
  }

  private func basic() async throws -> String? { try await known()?.basic }

  private func bearer(_ realm: Locator, _ service: String?, _ scopes: [String]) async throws -> String {
    let key = Set(scopes)
    if let token = tokens[key], token.isValid { return "Bearer " + token.text }
    let token = try await fetch(realm, service, scopes, with: known())
    tokens[key] = token
    return "Bearer " + token.text
  }

  /// Asks for a token in somebody's name, or in nobody's.
  ///
  /// - Parameter isLogin: a token is wanted that gets further ones without a password.
  func fetch(
    _ realm: Locator, _ service: String?, _ scopes: [String], with credential: Credential?,
    isLogin: Bool = false
  ) async throws -> Token {
    let request = TokenRequest(
      realm: realm, service: service, scopes: scopes, credential: credential, isLogin: isLogin)
    let answer = try await request.send(transport, tls: route(realm).tls)
    guard answer.isSuccess else { throw await refusal(answer, isKnown: credential != nil) }
    return try Token(await answer.bytes(limit: 1 << 20), from: realm)
  }

  private func refusal(_ answer: Answer, isKnown: Bool) async -> Failure {
    let told = await RegistryError.read(answer)
    let reason =
      isKnown && answer.status == 401 ? "unauthorized: incorrect username or password" : told.text
    return Failure("log in to", name, reason: reason)
  }

  /// Where tokens are to be had; nil where the server asks for none.
  var tokenSource: (realm: Locator, service: String?)? {
    if case .bearer(let realm, let service) = scheme { return (realm, service) }
    return nil
  }
}
