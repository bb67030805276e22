import Testing

@testable import Registry

@Suite struct LocatorTests {
  @Test(arguments: [
    ("https://registry.example.com/v2/", "https://registry.example.com/v2/"),
    ("HTTP://Registry.Example.com:5000", "http://registry.example.com:5000/"),
    ("https://registry.example.com:443/a?b=c#d", "https://registry.example.com/a?b=c"),
    ("http://[::1]:5000/a", "http://[::1]:5000/a"),
    ("https://a.example.com/x/../y/./z", "https://a.example.com/y/z"),
  ])
  func isRead(text: String, whole: String) {
    #expect(Locator(text)?.description == whole)
  }

  @Test(arguments: [
    "", "registry.example.com", "ftp://registry.example.com/", "https:///path", "https://",
    "https://user:secret@registry.example.com/", "https://registry.example.com:0/",
    "https://registry.example.com:65536/", "https://registry.example.com/a b",
    "https://registry.example.com/\n",
    "https://ex\u{e4}mple.com/", "https://[::1", "https://[1.2.3.4]/", "javascript:alert(1)",
  ])
  func isRefused(text: String) {
    #expect(Locator(text) == nil)
  }

  @Test(arguments: [
    ("/v2/box/blobs/uploads/1?state=x", "https://a.example.com:5000/v2/box/blobs/uploads/1?state=x"),
    ("uploads/1", "https://a.example.com:5000/v2/uploads/1"),
    ("?state=y", "https://a.example.com:5000/v2/here?state=y"),
    ("//b.example.com/c", "https://b.example.com/c"), ("http://b.example.com/c", "http://b.example.com/c"),
    ("/a:b/c", "https://a.example.com:5000/a:b/c"),
  ])
  func isResolved(reference: String, whole: String) {
    let here = Locator("https://a.example.com:5000/v2/here?old=1")
    #expect(here?.resolve(reference)?.description == whole)
  }

  @Test func queriesGrow() {
    let plain = Locator("https://a.example.com/u")
    #expect(plain?.adding("digest", "sha256:0").description == "https://a.example.com/u?digest=sha256%3A0")
    let full = Locator("https://a.example.com/u?_state=a%2Bb%3D")
    #expect(
      full?.adding("digest", "x y&z").description
        == "https://a.example.com/u?_state=a%2Bb%3D&digest=x%20y%26z")
  }

  @Test func originsAreSchemeHostAndPort() throws {
    let here = try #require(Locator("https://a.example.com/x"))
    #expect(here.hasSameOrigin(as: try #require(Locator("https://a.example.com:443/y"))))
    for other in ["http://a.example.com/x", "https://a.example.com:444/x", "https://b.example.com/x"] {
      #expect(!here.hasSameOrigin(as: try #require(Locator(other))))
    }
  }

  @Test(arguments: [
    ("localhost", true), ("127.0.0.1", true), ("127.1.2.3", true), ("::1", true), ("127.example.com", false),
    ("localhost.example.com", false), ("10.0.0.1", false), ("0.0.0.0", false),
  ])
  func loopbackIsKnown(host: String, isLoopback: Bool) {
    #expect(HostPort.isLoopback(host) == isLoopback)
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar", "user:p\u{e4}ss"])
  func base64GoesThereAndBack(text: String) {
    #expect(Base64.decode(Base64.encode(text.utf8)) == Array(text.utf8))
  }

  @Test func base64IsAsOthersWriteIt() {
    #expect(Base64.encode("foob".utf8) == "Zm9vYg==")
    #expect(Base64.decode("Zm9vYg") == Array("foob".utf8))
    #expect(Base64.decode("Zm9v!") == nil)
    #expect(Base64.decode("Zm9vY") == nil)
  }

  @Test func textsOfServersAreHarmless() {
    #expect(TextOfServer.line("a\u{1b}[31mb\r\nc\u{202e}d\n") == "a [31mb c d")
    #expect(TextOfServer.line(String(repeating: "x", count: 400), limit: 5) == "xxxxx...")
  }
}
