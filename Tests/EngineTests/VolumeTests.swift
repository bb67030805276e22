import Glibc
import Runtime
import Testing

@testable import Engine

@Suite struct VolumeMountTests {
  @Test func nothing() throws {
    #expect(try VolumeMount([:]) == nil)
  }

  @Test func optionsAndData() throws {
    let mount = try #require(
      try VolumeMount(["type": "tmpfs", "device": "tmpfs", "o": "ro,size=1m,defaults,nosuid,uid=5"]))
    #expect(mount.type == "tmpfs" && mount.device == "tmpfs")
    #expect(mount.flags == UInt(MS_RDONLY) | UInt(MS_NOSUID))
    #expect(mount.data == "size=1m,uid=5")
  }

  @Test(arguments: [
    (["size": "1"], "invalid option: \"size\""), (["type": "tmpfs"], "missing required option: \"device\""),
    (["device": "x"], "missing required option: \"type\""),
    (["type": "nfs", "device": ":/x", "o": "addr=server.example"], "server.example"),
    (["type": "none", "device": "x", "o": "bind"], "must be an absolute path"),
  ])
  func refused(_ options: [String: String], _ text: String) {
    let error = #expect(throws: Failure.self) { try VolumeMount(options) }
    #expect(error?.description.contains(text) == true)
  }

  @Test func addressesAreTaken() throws {
    let mount = try VolumeMount(["type": "nfs", "device": ":/x", "o": "addr=10.0.0.1,rw"])
    #expect(mount?.data == "addr=10.0.0.1")
  }
}

@Suite struct CopyPathTests {
  @Test(arguments: [
    ("/a/b", "/a/b", false, false), ("/a/b/", "/a/b", true, false), ("/a/b/.", "/a/b", true, true),
    ("a", "/here/a", false, false), (".", "/here", true, true), ("..", "/", true, true),
    ("/", "/", true, true), ("/a/../../b", "/b", false, false), ("a/..", "/here", true, false),
  ])
  func path(_ typed: String, _ path: String, _ isFolder: Bool, _ isContent: Bool) {
    let found = CopyPath(typed, from: "/here")
    #expect(found.path == path)
    #expect(found.isFolder == isFolder)
    #expect(found.isContent == isContent)
  }

  @Test func parentAndName() {
    #expect(CopyPath("/a/b/c", from: "/").parent == "/a/b")
    #expect(CopyPath("/a/b/c/", from: "/").name == "c")
    #expect(CopyPath("/a", from: "/").parent == "/")
    #expect(CopyPath("/", from: "/").name == ".")
  }

  @Test(arguments: [
    ("web:/etc", CopyWord.container("web", path: "/etc")), ("web:etc", .container("web", path: "etc")),
    ("/a:b", .host("/a:b")), ("./a:b", .host("./a:b")), ("a", .host("a")), ("-", .stream),
    ("web:a:b", .container("web", path: "a:b")),
  ])
  func word(_ text: String, _ expected: CopyWord) {
    #expect(CopyWord(text) == expected)
  }
}
