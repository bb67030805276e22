import Testing

@testable import Registry

@Suite struct ProxySettingsTests {
  private static func host(_ environment: [String: String], _ locator: String) throws -> String? {
    try ProxySettings(environment: environment).proxy(for: #require(Locator(locator)))?.host
  }

  @Test func lowerCaseGoesFirst() throws {
    let environment = ["https_proxy": "http://low.example.com", "HTTPS_PROXY": "http://up.example.com"]
    #expect(try Self.host(environment, "https://r.example.com/") == "low.example.com")
    #expect(
      try Self.host(["HTTPS_PROXY": "up.example.com:3128"], "https://r.example.com/") == "up.example.com")
  }

  @Test func schemesHaveTheirOwn() throws {
    let environment = ["http_proxy": "a.example.com", "https_proxy": "b.example.com"]
    #expect(try Self.host(environment, "http://r.example.com/") == "a.example.com")
    #expect(try Self.host(environment, "https://r.example.com/") == "b.example.com")
    #expect(try Self.host(environment, "http://127.0.0.1:5000/") == nil)
  }

  @Test(arguments: [
    ("example.com", "https://example.com/", true), ("example.com", "https://r.example.com/", true),
    (".example.com", "https://example.com/", false), (".example.com", "https://r.example.com/", true),
    ("*.example.com", "https://r.example.com/", true), ("example.com", "https://notexample.com/", false),
    ("*", "https://r.example.com/", true), ("a, r.example.com:444", "https://r.example.com/", false),
    ("r.example.com:444", "https://r.example.com:444/", true), ("10.0.0.0/8", "https://10.1.2.3/", true),
    ("10.0.0.0/8", "https://11.1.2.3/", false), ("10.1.2.3", "https://10.1.2.3/", true),
    ("fd00::/8", "https://[fd12::1]/", true), ("EXAMPLE.com", "https://r.Example.COM/", true),
  ])
  func exceptionsAreKept(list: String, locator: String, isDirect: Bool) throws {
    let environment = ["https_proxy": "p.example.com", "NO_PROXY": list]
    #expect((try Self.host(environment, locator) == nil) == isDirect)
  }

  @Test func usersAreRead() throws {
    let settings = try ProxySettings(environment: ["https_proxy": "http://me:a%40b@p.example.com:8080/"])
    #expect(
      settings.https
        == ProxySettings.Proxy(host: "p.example.com", port: 8080, user: "me", password: "a@b"))
    #expect(try ProxySettings(environment: ["https_proxy": "socks5://p.example.com"]).https?.port == 1080)
  }

  @Test func passwordsAreNotShown() async {
    let text = await failure { _ = try ProxySettings(environment: ["https_proxy": "http://me:secret@:x"]) }
    #expect(text == "https_proxy: no address of a proxy")
    let other = await failure { _ = try ProxySettings(environment: ["https_proxy": "https://p.example.com"]) }
    #expect(other.hasPrefix("https_proxy: https proxies are not supported"))
  }
}
