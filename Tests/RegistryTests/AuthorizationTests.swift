import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct AuthorizationTests {
  /// Plays a registry that wants tokens, and their source at `/token`.
  private static func play(
    _ image: FakeImage, user: Credential? = nil, member: String = "token", served: Counter = Counter(),
    tokenFails: Int? = nil
  ) -> FakeRegistry.Play {
    return { request in
      let host = request.headers.first(name: "Host") ?? ""
      if request.path == "/token" {
        if let tokenFails { return .error(tokenFails, "UNAUTHORIZED", "who are you") }
        if let user, request.authorization != user.basic { return .status(401) }
        let text = "t\(served.next())-" + request.query.filter(\.isLetter)
        return .status(200, [], #"{"\#(member)":"\#(text)","expires_in":300}"#)
      }
      guard let authorization = request.authorization, authorization.hasPrefix("Bearer t") else {
        let scope = request.path == "/v2/" ? "" : #",scope="repository:box:pull""#
        return .status(
          401,
          [("WWW-Authenticate", #"Bearer realm="http://\#(host)/token",service="fake"\#(scope)"#)])
      }
      return image.answer(request)
    }
  }

  private static func credentials(_ scratch: Scratch, _ registry: String) async throws -> Credentials {
    let credentials = Credentials(folder: scratch.path)
    _ = try await credentials.store(Credential(username: "me", password: "secret"), for: registry)
    return credentials
  }

  @Test(arguments: ["token", "access_token"])
  func tokensAreFetchedOnce(member: String) async throws {
    let image = FakeImage()
    try await FakeRegistry.with(Self.play(image, member: member)) { registry in
      try await withClient { client in
        let reference = try ImageReference("\(registry.name)/box")
        _ = try await client.manifest(reference)
        _ = try await client.bytes(of: FakeImage.blob(image.config), of: reference)
      }
      let tokens = registry.requests.filter { $0.path == "/token" }
      #expect(tokens.map(\.query) == ["service=fake&scope=repository%3Abox%3Apull"])
      #expect(tokens.first?.authorization == nil)
      // The first question tells where tokens are: nothing is refused after it.
      #expect(registry.requests.map(\.path).prefix(2) == ["/v2/", "/token"])
      #expect(registry.requests.count == 4)
    }
  }

  @Test func namesAreToldToTheSourceAlone() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    let user = Credential(username: "me", password: "secret")
    try await FakeRegistry.with(Self.play(image, user: user)) { registry in
      let credentials = try await Self.credentials(scratch, registry.name)
      try await withClient(RegistriesFile(), credentials) { client in
        _ = try await client.manifest(ImageReference("\(registry.name)/box"))
      }
      for request in registry.requests where request.path != "/token" {
        #expect(request.authorization?.hasPrefix("Basic") != true)
      }
      #expect(registry.requests.first { $0.path == "/token" }?.query.hasSuffix("&account=me") == true)
    }
  }

  @Test func identityTokensAreExchanged() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    try await FakeRegistry.with(Self.play(image)) { registry in
      let credentials = Credentials(folder: scratch.path)
      _ = try await credentials.store(
        Credential(username: "me", identityToken: "long lived"), for: registry.name)
      try await withClient(RegistriesFile(), credentials) { client in
        _ = try await client.manifest(ImageReference("\(registry.name)/box"))
      }
      let request = try #require(registry.requests.first { $0.path == "/token" })
      #expect(request.method == "POST")
      #expect(
        String(decoding: request.body, as: UTF8.self)
          == "grant_type=refresh_token&client_id=swiftainer&refresh_token=long%20lived&service=fake&scope=repository%3Abox%3Apull"
      )
    }
  }

  @Test func tokensThatHaveEndedAreFetchedAgain() async throws {
    let image = FakeImage()
    let served = Counter()
    let play = Self.play(image, served: served)
    try await FakeRegistry.with({ request in
      // The first token is refused where it is shown.
      if request.authorization?.hasPrefix("Bearer t0") == true { return play(request.without) }
      return play(request)
    }) { registry in
      try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      #expect(served.value == 2)
    }
  }

  @Test func nobodyAsksForEver() async throws {
    let image = FakeImage()
    let served = Counter()
    let play = Self.play(image, served: served)
    try await FakeRegistry.with({ play($0.path == "/token" ? $0 : $0.without) }) { registry in
      let text = await failure {
        try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      }
      #expect(text.hasPrefix("pull access denied for \(registry.name)/box"))
      #expect(served.value == 2)
    }
  }

  @Test func wrongPasswordsAreToldOf() async throws {
    let scratch = Scratch()
    try await FakeRegistry.with(Self.play(FakeImage(), tokenFails: 401)) { registry in
      let credentials = try await Self.credentials(scratch, registry.name)
      let text = await failure {
        try await withClient(RegistriesFile(), credentials) {
          _ = try await $0.manifest(ImageReference("\(registry.name)/box"))
        }
      }
      #expect(text == "log in to \(registry.name): unauthorized: incorrect username or password")
    }
  }

  @Test(arguments: [#"{"token":"a\r\nX: y"}"#, #"{"token":"a b"}"#, "{}", "[", #"{"token":1}"#])
  func tokensAreNoHeaders(json: String) async throws {
    try await FakeRegistry.with({ request in
      let host = request.headers.first(name: "Host") ?? ""
      if request.path == "/token" { return .status(200, [], json) }
      return .status(401, [("WWW-Authenticate", "Bearer realm=\"http://\(host)/token\"")])
    }) { registry in
      let text = await failure {
        try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      }
      #expect(text.hasPrefix("get a token from http://\(registry.name)/token: "))
      #expect(!text.contains("\n"))
    }
  }

  @Test(arguments: [
    ("/token", "it does not say where tokens are"),
    ("http://auth.example.com/token", "it asks for passwords by plain http: http://auth.example.com/token"),
  ])
  func sourcesMustBeSafe(realm: String, words: String) async throws {
    try await FakeRegistry.with({ _ in
      .status(401, [("WWW-Authenticate", "Bearer realm=\"\(realm)\"")])
    }) { registry in
      let text = await failure {
        try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      }
      #expect(text == "log in to \(registry.name): \(words)")
    }
  }

  @Test func basicIsSpoken() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    let user = Credential(username: "me", password: "secret")
    try await FakeRegistry.with({ request in
      request.authorization == user.basic
        ? image.answer(request) : .status(401, [("WWW-Authenticate", "Basic realm=\"x\"")])
    }) { registry in
      let credentials = try await Self.credentials(scratch, registry.name)
      try await withClient(RegistriesFile(), credentials) {
        _ = try await $0.manifest(ImageReference("\(registry.name)/box"))
      }
      #expect(registry.requests.count == 2)
      let text = await failure {
        try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      }
      #expect(text.hasSuffix("unauthorized: authentication required"))
    }
  }

  @Test func loginsAreVerified() async throws {
    let user = Credential(username: "me", password: "secret")
    try await FakeRegistry.with(Self.play(FakeImage(), user: user)) { registry in
      try await withClient { client in
        let kept = try await client.login(registry.name, username: "me", password: "secret")
        #expect(kept == user)
        let query = registry.requests.first { $0.path == "/token" }?.query
        #expect(query == "service=fake&account=me&offline_token=true&client_id=swiftainer")
        let text = await failure {
          _ = try await client.login(registry.name, username: "me", password: "no")
        }
        #expect(text == "log in to \(registry.name): unauthorized: incorrect username or password")
      }
    }
  }

  @Test func loginsKeepATokenInThePasswordsPlace() async throws {
    try await FakeRegistry.with({ request in
      let host = request.headers.first(name: "Host") ?? ""
      if request.path == "/token" {
        return .status(200, [], #"{"access_token":"t","refresh_token":"r"}"#)
      }
      return request.authorization == "Bearer t"
        ? .status(200) : .status(401, [("WWW-Authenticate", "Bearer realm=\"http://\(host)/token\"")])
    }) { registry in
      let kept = try await withClient {
        try await $0.login(registry.name, username: "me", password: "p")
      }
      #expect(kept == Credential(username: "me", identityToken: "r"))
    }
  }

  @Test(arguments: [(401, "unauthorized: incorrect username or password"), (404, "it is no registry")])
  func loginsByBasicAreVerified(status: Int, words: String) async throws {
    try await FakeRegistry.with({ request in
      request.authorization == nil
        ? .status(401, [("WWW-Authenticate", "Basic realm=\"x\"")]) : .status(status)
    }) { registry in
      let text = await failure {
        _ = try await withClient { try await $0.login(registry.name, username: "a", password: "b") }
      }
      #expect(text.hasPrefix("log in to \(registry.name): \(words)"))
    }
  }
}

extension FakeRequest {
  /// The same from somebody who does not say who he is.
  fileprivate var without: FakeRequest {
    var copy = self
    copy.headers.remove(name: "Authorization")
    return copy
  }
}
