import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Runtime

/// One server that speaks the distribution protocol, and what has been learned of it.
actor Endpoint {
  /// What people call it; credentials are kept under it.
  nonisolated let name: String
  nonisolated let transport: Transport
  nonisolated let patience: Patience
  nonisolated let authorizer: Authorizer
  private let routes: Routes
  /// Where it may be, best first; each without `/v2/`.
  private let candidates: [Locator]
  private var base: Locator?

  /// - Parameters:
  ///   - name: as in references.
  ///   - address: the server that answers for that name.
  init(
    name: String, mirror: Mirror? = nil, transport: Transport, patience: Patience, routes: Routes,
    credentials: Credentials
  ) throws(Failure) {
    var host: String
    var port: Int?
    if let mirror {
      (host, port) = (mirror.host, mirror.port)
    } else {
      guard let parts = HostPort.split(name) else {
        throw Failure("registry", TextOfServer.line(name), reason: "no name of a server")
      }
      (host, port) = parts
    }
    // The images of this name are served by another host.
    if host == "docker.io" { host = "index.docker.io" }
    self.name = mirror == nil ? name : HostPort.text(host, port)
    self.transport = transport
    self.patience = patience
    self.routes = routes
    var locators: [Locator] = []
    let path = mirror?.path ?? ""
    if mirror?.isSecure != false {
      locators.append(Locator(isSecure: true, host: host, port: port, path: path))
    }
    if mirror?.isSecure != true {
      let plain = Locator(isSecure: false, host: host, port: port, path: path)
      if routes.mayBePlain(plain) { locators.append(plain) }
    }
    if locators.isEmpty {
      throw Failure(
        "mirror", self.name, reason: "plain http is only for this machine and for what is named \"insecure\"")
    }
    candidates = locators
    let own = self.name
    authorizer = Authorizer(own, transport, find: { try await credentials.find(own) }) { locator in
      try routes.route(to: locator)
    }
  }

  /// Where it is: https first, plain http only where that is allowed and TLS is not spoken.
  func reach() async throws -> Locator {
    if let base { return base }
    var first: TransportError?
    for candidate in candidates {
      do {
        let answer = try await ask(candidate)
        if answer.status == 401 {
          try await authorizer.learn(Challenge.parse(answer.headers["WWW-Authenticate"]), at: candidate)
        }
        await answer.drain()
        base = candidate
        return candidate
      } catch let error as TransportError {
        // It is the first that people have in mind, unless it only showed that there is no TLS.
        if first == nil || first?.kind == .notTLS { first = error }
        if error.kind == .certificate { break }
      }
    }
    guard let first else { throw CancellationError() }
    throw first
  }

  /// Asks a server whether it speaks the protocol, and perhaps whether it takes our word.
  func ask(_ candidate: Locator, authorization: String? = nil) async throws -> Answer {
    let request = RegistryRequest(target: .path("/v2/"))
    let root = request.locator(at: candidate) ?? candidate
    let response = try await transport.send(
      .GET, root, headers: authorization.map { ["Authorization": $0] } ?? [:],
      tls: routes.route(to: candidate, of: name).tls)
    return Answer(response, root, patience)
  }

  /// Asks for something, again where that may help; `Failure` where there is no answer at all.
  func send(_ request: RegistryRequest) async throws -> Answer {
    for retry in 0... {
      let outcome: Result<Answer, TransportError>
      do {
        outcome = .success(try await once(request))
      } catch let error as TransportError {
        outcome = .failure(error)
      }
      var delay = patience.delay(before: retry)
      let isLast = retry >= patience.retries || !request.isRepeatable
      switch outcome {
      case .success(let answer):
        if !answer.mayPass || isLast { return answer }
        if let asked = answer.retryAfter {
          // Who is to wait for longer than anybody would is told at once.
          if asked > patience.longestDelay * 1000 { return answer }
          delay = max(asked, 1)
        }
        await answer.drain()
      case .failure(let error):
        if !error.mayPass || isLast { throw error.failure }
      }
      try await patience.sleep(delay)
    }
    throw CancellationError()
  }

  /// Throws `TransportError`, so that who reads the answer's body can begin again.
  func once(_ request: RegistryRequest) async throws -> Answer {
    let base = try await reach()
    guard var locator = request.locator(at: base) else {
      throw Failure("get", base.shown, reason: "the server says to go to no address")
    }
    var header = request.isOpen ? nil : try await authorizer.header(for: request.scopes)
    var isAnswered = false
    var redirects = 0
    while true {
      var headers = request.headers
      let isOwn = locator.hasSameOrigin(as: base)
      if isOwn, let header { headers.replaceOrAdd(name: "Authorization", value: header) }
      let answer = Answer(
        try await transport.send(
          request.method, locator, headers: headers, body: request.body?(),
          tls: routes.route(to: locator, of: isOwn ? name : nil).tls), locator, patience)
      if answer.status == 401, isOwn, !isAnswered {
        isAnswered = true
        let challenges = Challenge.parse(answer.headers["WWW-Authenticate"])
        let next = try await authorizer.answer(
          challenges, at: locator, scopes: request.scopes, refused: header)
        guard let next else { return answer }
        await answer.drain()
        header = next
      } else if let next = try request.redirect(answer, from: locator) {
        redirects += 1
        if redirects > 5 { throw Failure("get", base.shown, reason: "redirected too often") }
        guard next.isSecure || routes.isInsecure(next) || next.isLoopback && !locator.isSecure else {
          throw Failure("get", locator.shown, reason: "redirected to plain http: \(next.shown)")
        }
        await answer.drain()
        locator = next
      } else {
        return answer
      }
    }
  }
}
