import OCISpec
import Runtime
import Testing

@testable import Images

private let hex = "86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa"

@Suite struct ReferenceTests {
  struct Case: Sendable {
    let text: String
    let registry: String
    let repository: String
    var tag: String?
    var digest: String?
    let familiar: String
  }

  @Test(arguments: [
    Case(text: "nginx", registry: "docker.io", repository: "library/nginx", familiar: "nginx"),
    Case(
      text: "nginx:1.25", registry: "docker.io", repository: "library/nginx", tag: "1.25",
      familiar: "nginx:1.25"),
    Case(text: "library/nginx", registry: "docker.io", repository: "library/nginx", familiar: "nginx"),
    Case(text: "docker.io/nginx", registry: "docker.io", repository: "library/nginx", familiar: "nginx"),
    Case(
      text: "index.docker.io/nginx", registry: "docker.io", repository: "library/nginx", familiar: "nginx"),
    Case(
      text: "index.docker.io/some/one", registry: "docker.io", repository: "some/one", familiar: "some/one"),
    Case(
      text: "library/foo/bar", registry: "docker.io", repository: "library/foo/bar",
      familiar: "library/foo/bar"),
    Case(
      text: "some/one:Tag_1.2-x", registry: "docker.io", repository: "some/one", tag: "Tag_1.2-x",
      familiar: "some/one:Tag_1.2-x"),
    Case(
      text: "test.com:5000", registry: "docker.io", repository: "library/test.com", tag: "5000",
      familiar: "test.com:5000"),
    Case(
      text: "test.com/repo:tag", registry: "test.com", repository: "repo", tag: "tag",
      familiar: "test.com/repo:tag"),
    Case(text: "test:5000/repo", registry: "test:5000", repository: "repo", familiar: "test:5000/repo"),
    Case(text: "localhost/a", registry: "localhost", repository: "a", familiar: "localhost/a"),
    Case(
      text: "localhost:1/a/b/c:d", registry: "localhost:1", repository: "a/b/c", tag: "d",
      familiar: "localhost:1/a/b/c:d"),
    Case(text: "test_com/foo", registry: "docker.io", repository: "test_com/foo", familiar: "test_com/foo"),
    Case(
      text: "192.168.1.1:5000/repo:5050", registry: "192.168.1.1:5000", repository: "repo", tag: "5050",
      familiar: "192.168.1.1:5000/repo:5050"),
    Case(
      text: "[2001:db8::1]:5000/repo", registry: "[2001:db8::1]:5000", repository: "repo",
      familiar: "[2001:db8::1]:5000/repo"),
    Case(text: "[::1]/repo", registry: "[::1]", repository: "repo", familiar: "[::1]/repo"),
    Case(text: "Docker/docker", registry: "Docker", repository: "docker", familiar: "Docker/docker"),
    Case(
      text: "xn--n3h.com/myimage:xn--n3h.com", registry: "xn--n3h.com", repository: "myimage",
      tag: "xn--n3h.com", familiar: "xn--n3h.com/myimage:xn--n3h.com"),
    Case(
      text: "dock__er/a---b/c.d_e", registry: "docker.io", repository: "dock__er/a---b/c.d_e",
      familiar: "dock__er/a---b/c.d_e"),
    Case(
      text: "a@sha256:" + hex, registry: "docker.io", repository: "library/a", digest: hex,
      familiar: "a@sha256:" + hex),
    Case(
      text: "a:b@sha256:" + hex, registry: "docker.io", repository: "library/a", tag: "b", digest: hex,
      familiar: "a:b@sha256:" + hex),
    Case(text: "docker.io/" + hex, registry: "docker.io", repository: "library/" + hex, familiar: hex),
  ])
  func read(_ one: Case) throws {
    let reference = try ImageReference(one.text)
    #expect(reference.registry == one.registry)
    #expect(reference.repository == one.repository)
    #expect(reference.tag == one.tag)
    #expect(reference.digest?.hex == one.digest)
    #expect(reference.familiar == one.familiar)
    #expect(try ImageReference(reference.full) == reference)
  }

  private static let malformedOnes: [String] = [
    "", ":tag", "@sha256:" + hex, "-docker", "-docker/docker", "docker-/docker", "_a/b", "____/____", "a..b",
    "dock_.er/docker", "dock-.er/docker", "docker///docker", "docker/", "/docker", "a/", "a:", "a:-b",
    "a:b:c",
    "https://example.com/a/b", "[fc00::1]", "[fc00::1]:5000", "fc00::1:5000/debian",
    "[fe80::1%eth0]:5000/debian",
    "[]/a", "a b", "a\n", "a\u{0}", "aa/asdf$$^/aa", "host:/a", "host:x1/a", "a..b/c", ".com/a", "x-.com/a",
    "a@b",
    "a@sha256:ffff", "a@sha256:" + hex + "@sha256:" + hex, "é", "a/é", "foo_bar.com/x", "test:5000/a___b",
    "a:" + String(repeating: "t", count: 129), String(repeating: "a/", count: 2000) + "a",
    "[\u{11}::1]/a",
  ]

  @Test(arguments: malformedOnes)
  func malformed(_ text: String) {
    let failure = #expect(throws: Failure.self) { try ImageReference(text) }
    #expect(failure?.description.hasPrefix("invalid reference format") == true)
    #expect(failure?.description.contains("\n") == false)
  }

  private static let refusals: [(String, String)] = [
    ("Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"),
    ("a/B:c", "invalid reference format: repository name (a/B) must be lowercase"),
    ("example.com/A", "invalid reference format: repository name (A) must be lowercase"),
    (hex, "invalid repository name (\(hex)), cannot specify 64-byte hexadecimal strings"),
    ("a@sha512:" + hex + hex, "unsupported digest algorithm: 'sha512:"),
    ("a@sha256:" + String(hex.dropLast()), "invalid checksum digest length: 'sha256:"),
    ("a@sha256:" + hex.uppercased(), "invalid checksum digest format: 'sha256:"),
    (String(repeating: "a/", count: 128) + "a", "repository name must not be more than 255 characters: '"),
  ]

  @Test(arguments: refusals)
  func refused(_ text: String, _ words: String) {
    let failure = #expect(throws: Failure.self) { try ImageReference(text) }
    #expect(failure?.description.hasPrefix(words) == true)
  }

  @Test func tags() throws {
    #expect(try ImageReference("a").tagged.full == "docker.io/library/a:latest")
    #expect(try ImageReference("a:b").tagged.familiar == "a:b")
    #expect(try ImageReference("a@sha256:" + hex).tagged.tag == nil)
    #expect(try ImageReference("a").tagOrDigest == "latest")
    #expect(try ImageReference("a:b@sha256:" + hex).tagOrDigest == "sha256:" + hex)
    #expect(try ImageReference("a:b").with(digest: digest("1")).familiar == "a@\(digest("1"))")
  }
}
