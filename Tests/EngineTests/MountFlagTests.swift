import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct MountFlagTests {
  @Test func volume() throws {
    let flag = try MountFlag(volume: "/host:/inside")
    #expect(flag.kind == .bind(source: "/host", makesSource: true))
    #expect(flag.target == "/inside")
    #expect(flag.options == ["rbind", "rprivate"])
  }

  @Test(arguments: [
    ("ro", ["rbind", "rro", "rprivate"]), ("rw", ["rbind", "rprivate"]),
    ("ro,z", ["rbind", "rro", "rprivate"]),
    ("rshared", ["rbind", "rshared"]), ("slave,ro", ["rbind", "rro", "slave"]),
  ])
  func volumeOptions(_ words: String, _ options: [String]) throws {
    #expect(try MountFlag(volume: "/host:/inside:" + words).options == options)
  }

  @Test func volumeOfARelativePath() throws {
    guard case .bind(let source, _) = try MountFlag(volume: "./here:/inside").kind else {
      return #expect(Bool(false))
    }
    #expect(source.hasPrefix("/") && source.hasSuffix("/here") && !source.contains("/./"))
  }

  @Test(arguments: [
    ("", "not HOST"), ("/a", "not HOST"), (":/b", "not HOST"), ("/a:/b:ro:x", "not HOST"),
    ("name:/b", "named volumes"),
    ("/a:b", "absolute"), ("/a:", "absolute"), ("/a:/", "cannot be covered"),
    ("/a:/b/..", "cannot be covered"),
    ("/a:/b:loud", "unknown option loud"),
  ])
  func refusedVolume(_ text: String, _ reason: String) {
    let failure = #expect(throws: Failure.self) { try MountFlag(volume: text) }
    #expect(failure?.operation == "--volume")
    #expect(failure?.reason?.contains(reason) == true)
  }

  @Test func mountOfABind() throws {
    let flag = try MountFlag(mount: "type=bind,src=/host,dst=/inside,readonly,bind-propagation=rslave")
    #expect(flag.kind == .bind(source: "/host", makesSource: false))
    #expect(flag.target == "/inside")
    #expect(flag.options == ["rbind", "rro", "rslave"])
  }

  @Test func bindIsTheDefaultType() throws {
    let flag = try MountFlag(mount: "source=/host,destination=/inside,ro=false")
    #expect(
      flag.specification
        == Mount(destination: "/inside", type: "bind", source: "/host", options: ["rbind", "rprivate"]))
  }

  @Test func mountOfATmpfs() throws {
    let flag = try MountFlag(mount: "type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=0700,ro")
    #expect(flag.kind == .tmpfs)
    #expect(flag.options == ["nosuid", "nodev", "noexec", "ro", "size=1048576", "mode=0700"])
    #expect(
      try MountFlag(mount: "type=tmpfs,target=/t").options == ["nosuid", "nodev", "noexec", "mode=1777"])
  }

  @Test(arguments: [
    ("", "target"), ("type=bind", "target"), ("target", "target"), ("type=bind,target=/x", "source"),
    ("source=rel,target=/x", "source"), ("source=/a,target=x", "absolute"),
    ("source=/a,target=/", "cannot be covered"),
    ("source=/a,target=/x,colour=red", "unknown field colour"),
    ("source=/a,target=/x,ro=perhaps", "true or false"),
    ("source=/a,target=/x,bind-propagation=odd", "unknown bind-propagation odd"),
    ("source=/a,target=/x,tmpfs-size=1m", "type=tmpfs"), ("type=tmpfs,target=/x,source=/a", "no source"),
    ("type=tmpfs,target=/x,bind-propagation=shared", "type=bind"),
    ("type=tmpfs,target=/x,tmpfs-mode=8", "octal"),
    ("type=nfs,target=/x", "unknown type nfs"), ("type=volume,target=/x", "not supported yet"),
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
