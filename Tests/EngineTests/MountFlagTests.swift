import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct MountFlagTests {
  /// The options in the configuration.
  func options(_ flag: MountFlag) throws -> [String] {
    try flag.specification(volume: { "/volumes/" + $0 }).options
  }

  @Test func volume() throws {
    let flag = try MountFlag(volume: "/host:/inside")
    #expect(flag.kind == .bind(source: "/host", makesSource: true))
    #expect(flag.target == "/inside")
    #expect(try options(flag) == ["rbind", "rprivate"])
  }

  @Test(arguments: [
    ("ro", ["rbind", "rro", "rprivate"]), ("rw", ["rbind", "rprivate"]),
    ("ro,z", ["rbind", "rro", "rprivate"]),
    ("rshared", ["rbind", "rshared"]), ("slave,ro", ["rbind", "rro", "slave"]),
    ("Z,cached", ["rbind", "rprivate"]),
  ])
  func volumeOptions(_ words: String, _ expected: [String]) throws {
    #expect(try options(MountFlag(volume: "/host:/inside:" + words)) == expected)
  }

  @Test func volumeOfARelativePath() throws {
    guard case .bind(let source, _) = try MountFlag(volume: "./here:/inside").kind else {
      return #expect(Bool(false))
    }
    #expect(source.hasPrefix("/") && source.hasSuffix("/here") && !source.contains("/./"))
  }

  @Test(arguments: [
    ("", "not [HOST:]"), ("a", "absolute"), (":/b", "not [HOST:]"), ("/a:/b:ro:x", "not [HOST:]"),
    ("n:/b", "neither a path"), ("-n:/b", "neither a path"), ("a/b:/b", "neither a path"),
    ("/a:b", "absolute"), ("/a:", "not [HOST:]"), ("/a:/", "cannot be covered"),
    ("/a:/b/..", "cannot be covered"), ("/", "cannot be covered"),
    ("/a:/b:loud", "unknown option 'loud'"), ("/a:/b:", "not [HOST:]"), ("/a:/b:ro,", "unknown option ''"),
    ("/a:/b:ro,rw", "both ro and rw"), ("/a:/b:nocopy", "for volumes"), ("name:/b:shared", "for the host's"),
  ])
  func refusedVolume(_ text: String, _ reason: String) {
    let failure = #expect(throws: Failure.self) { try MountFlag(volume: text) }
    #expect(failure?.operation == "--volume")
    #expect(failure?.reason?.contains(reason) == true)
  }

  @Test func volumesByName() throws {
    let flag = try MountFlag(volume: "name:/inside:ro,nocopy")
    #expect(flag.kind == .volume(name: "name", copies: false))
    #expect(
      try flag.specification(volume: { "/volumes/" + $0 })
        == Mount(
          destination: "/inside", type: "bind", source: "/volumes/name",
          options: ["rbind", "rro", "rprivate"]))
    #expect(try MountFlag(volume: "/inside").kind == .volume(name: nil, copies: true))
    #expect(try MountFlag(mount: "target=/inside").kind == .volume(name: nil, copies: true))
    #expect(
      try MountFlag(mount: "src=name,target=/inside,volume-nocopy").kind
        == .volume(name: "name", copies: false))
  }

  @Test(arguments: [
    ("", ["nosuid", "nodev", "noexec"]), ("exec,size=1m", ["nosuid", "nodev", "noexec", "exec", "size=1m"]),
    ("ro,mode=700", ["nosuid", "nodev", "noexec", "ro", "mode=700"]),
    ("rw,uid=1,size=50%", ["nosuid", "nodev", "noexec", "uid=1", "size=50%"]),
  ])
  func tmpfs(_ words: String, _ expected: [String]) throws {
    let flag = try MountFlag(tmpfs: "/t" + (words.isEmpty ? "" : ":") + words)
    #expect(flag.kind == .tmpfs)
    #expect(try options(flag) == expected)
  }

  @Test(arguments: [
    ("", "not CONTAINER"), ("t", "absolute"), ("/", "cannot be covered"),
    ("/t:loud", "unknown option 'loud'"),
    ("/t:size=big", "not a size"), ("/t:mode=9", "octal"), ("/t:size", "unknown option 'size'"),
  ])
  func refusedTmpfs(_ text: String, _ reason: String) {
    let failure = #expect(throws: Failure.self) { try MountFlag(tmpfs: text) }
    #expect(failure?.operation.hasPrefix("--tmpfs") == true)
    #expect(failure?.description.contains(reason) == true)
  }

  @Test func volumesFrom() throws {
    #expect(try VolumesFrom("a") == VolumesFrom(container: "a"))
    #expect(try VolumesFrom("a:ro,z") == VolumesFrom(container: "a", isReadOnly: true))
    for text in ["", ":ro", "a:b", "a:ro:rw"] {
      #expect(throws: Failure.self) { try VolumesFrom(text) }
    }
  }

  @Test func fieldsInQuotes() throws {
    let flag = try MountFlag(mount: #"type=bind,"source=/a,""b",target=/x"#)
    #expect(flag.kind == .bind(source: #"/a,"b"#, makesSource: false))
  }

  @Test(arguments: [
    ("", ["rbind", "rprivate"]), (",bind-recursive=disabled", ["bind", "rprivate"]),
    (",bind-nonrecursive", ["bind", "rprivate"]),
    (",ro,bind-recursive=disabled", ["bind", "ro", "rprivate"]),
    (",ro,bind-recursive=writable", ["rbind", "ro", "rprivate"]),
    (",ro,bind-recursive=readonly", ["rbind", "rro", "rprivate"]),
  ])
  func recursion(_ words: String, _ expected: [String]) throws {
    #expect(try options(MountFlag(mount: "type=bind,source=/a,target=/x" + words)) == expected)
  }

  @Test func mountOfABind() throws {
    let flag = try MountFlag(mount: "type=bind,src=/host,dst=/inside,readonly,bind-propagation=rslave")
    #expect(flag.kind == .bind(source: "/host", makesSource: false))
    #expect(flag.target == "/inside")
    #expect(try options(flag) == ["rbind", "rro", "rslave"])
  }

  @Test func mountOfATmpfs() throws {
    let flag = try MountFlag(mount: "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=0700,ro")
    #expect(flag.kind == .tmpfs)
    #expect(try options(flag) == ["nosuid", "nodev", "noexec", "ro", "size=1048576", "mode=0700"])
    #expect(
      try options(MountFlag(mount: "type=tmpfs,target=/t")) == ["nosuid", "nodev", "noexec", "mode=1777"])
  }

  @Test(arguments: [
    ("", "unknown field ''"), ("type=bind", "target"), ("target", "needs a value"),
    ("type=bind,target=/x", "source"), ("source=/a,target=/x", "type=bind for a path"),
    ("type=bind,source=rel,target=/x", "must be a path"), ("type=bind,source=/a,target=x", "absolute"),
    ("type=bind,source=/a,target=/", "cannot be covered"),
    ("type=bind,source=/a,target=/x,colour=red", "unknown field 'colour'"),
    ("type=bind,source=/a,target=/x,ro=perhaps", "true or false"),
    ("type=bind,source=/a,target=/x,bind-propagation=odd", "unknown bind-propagation 'odd'"),
    ("type=bind,source=/a,target=/x,bind-recursive=readonly", "are readonly"),
    ("type=bind,source=/a,target=/x,volume-nocopy", "for type=volume"),
    ("type=bind,source=/a,target=/x,tmpfs-size=1m", "for type=tmpfs"),
    ("type=bind,\"source=/a,target=/x", "quote"),
    ("type=tmpfs,target=/x,source=/a", "no source"),
    ("type=tmpfs,target=/x,bind-propagation=shared", "for type=bind"),
    ("type=tmpfs,target=/x,tmpfs-mode=8", "octal"), ("type=nfs,target=/x", "unknown type 'nfs'"),
    ("source=name,target=/x,volume-subpath=a", "volume-subpath is not supported yet"),
    ("source=name,target=/x,volume-driver=odd", "volume-driver"),
  ])
  func refusedMount(_ text: String, _ reason: String) {
    let failure = #expect(throws: Failure.self) { try MountFlag(mount: text) }
    #expect(failure?.operation.hasPrefix("--mount") == true)
    #expect(failure?.description.contains(reason) == true)
  }

  @Test func twoOnOnePlace() throws {
    let flags = [try MountFlag(volume: "/a:/x"), try MountFlag(mount: "type=tmpfs,target=/x/")]
    #expect(throws: Failure.self) { try MountFlag.checkDistinct(flags) }
    #expect(throws: Never.self) { try MountFlag.checkDistinct([flags[0], try MountFlag(volume: "/a:/x/y")]) }
  }
}
