import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct TransportTests {
  private static func manifest(_ name: String, _ json: String = "{}") async -> String {
    await failure {
      try await withClient(settings(json)) { _ = try await $0.manifest(ImageReference("\(name)/box")) }
    }
  }

  @Test func tlsIsSpokenFirst() async throws {
    let image = FakeImage()
    try await FakeRegistry.with(tls: TestCertificate.both, { image.answer($0) }) { registry in
      // This machine's own need not prove who they are.
      #expect(await Self.manifest(registry.name) == "")
      #expect(registry.lines.count == 1)
    }
  }

  @Test func authoritiesAreTrustedWhereTheyAreNamed() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    let file = try scratch.write("ca.pem", TestCertificate.certificate)
    try await FakeRegistry.with(tls: TestCertificate.both, { image.answer($0) }) { registry in
      let json = #"{"registries":{"localhost:\#(registry.port)":{"ca":"\#(file)"}}}"#
      #expect(await Self.manifest("localhost:\(registry.port)", json) == "")
    }
  }

  @Test func nobodyElseIsTrusted() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    // A CA is named, and it has not signed this one.
    let file = try scratch.write("ca.pem", OtherCertificate.certificate)
    try await FakeRegistry.with(tls: TestCertificate.both, { image.answer($0) }) { registry in
      let json = #"{"registries":{"\#(registry.name)":{"ca":"\#(file)"}}}"#
      let text = await Self.manifest(registry.name, json)
      #expect(text.contains("tls: failed to verify certificate"))
      #expect(text.hasSuffix(#"(a CA of one's own is named as "ca" in /etc/swiftainer/registries.json)"#))
      #expect(registry.requests.isEmpty)
    }
  }

  @Test func plainHTTPIsRefusedWhereTLSIsWanted() async throws {
    let image = FakeImage()
    let scratch = Scratch()
    let file = try scratch.write("ca.pem", TestCertificate.certificate)
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let json = #"{"registries":{"\#(registry.name)":{"ca":"\#(file)"}}}"#
      let text = await Self.manifest(registry.name, json)
      #expect(text.contains("http: server gave HTTP response to HTTPS client"))
      #expect(registry.requests.isEmpty)
    }
  }

  @Test func filesOfAuthoritiesMustBeThere() async throws {
    let json = #"{"registries":{"r.example.com":{"ca":"/nowhere/ca.pem"}}}"#
    #expect(
      await Self.manifest("r.example.com", json)
        == "open /nowhere/ca.pem: no such file or directory")
    let scratch = Scratch()
    let file = try scratch.write("ca.pem", "no certificate")
    let other = #"{"registries":{"r.example.com":{"ca":"\#(file)"}}}"#
    #expect(
      await Self.manifest("r.example.com", other)
        == #"registries["r.example.com"].ca: read \#(file): no certificates in PEM form"#)
  }

  @Test func closedPortsAreToldOfAtOnce() async {
    #expect(await Self.manifest("127.0.0.1:1") == "connect to 127.0.0.1:1: connection refused")
  }

  @Test func hostsMustBeThere() async {
    let text = await Self.manifest("no-such-host.invalid")
    #expect(text == "look up no-such-host.invalid: no such host")
  }

  @Test func proxiesAreUsed() async throws {
    // It refuses, and has been asked.
    try await FakeRegistry.with({ _ in .status(403) }) { proxy in
      let text = await failure {
        try await withClient(environment: ["https_proxy": "http://\(proxy.name)"]) {
          _ = try await $0.manifest(ImageReference("r.example.com/box"))
        }
      }
      #expect(text == "get https://r.example.com/v2/: the proxy refuses")
      #expect(proxy.requests.map(\.method) == ["CONNECT"])
    }
  }

  @Test func silenceEnds() async throws {
    let image = FakeImage()
    var patience = Patience.none(retries: 0)
    patience.silence = 1
    patience.answering = 1
    let held = Held()
    try await FakeRegistry.with({ request in
      if request.path != "/v2/" { held.wait() }
      return image.answer(request)
    }) { registry in
      let text = await failure {
        try await withClient(patience: patience) {
          _ = try await $0.manifest(ImageReference("\(registry.name)/box"))
        }
      }
      held.release()
      #expect(text.contains("timed out"))
    }
  }

  @Test func whatMayPassIsAskedAgain() async throws {
    let image = FakeImage()
    let tries = Counter()
    try await FakeRegistry.with({ request in
      request.path != "/v2/" && tries.next() < 2 ? .status(502) : image.answer(request)
    }) { registry in
      #expect(await Self.manifest(registry.name) == "")
      #expect(registry.lines.count == 3)
    }
  }

  @Test func cancellingEndsIt() async throws {
    let held = Held()
    try await FakeRegistry.with({ request in
      if request.path != "/v2/" { held.wait() }
      return .status(200)
    }) { registry in
      let work = Task {
        try await withClient { _ = try await $0.manifest(ImageReference("\(registry.name)/box")) }
      }
      await held.untilWaiting()
      work.cancel()
      await #expect(throws: CancellationError.self) { try await work.value }
      held.release()
    }
  }
}
