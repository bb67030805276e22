import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct SpecNamespacesTests {
  let built = Built()

  func build(_ change: (inout RunOptions) throws -> Void) throws -> Spec { try built.build(change) }

  func failure(_ change: (inout RunOptions) throws -> Void) -> String? {
    (#expect(throws: Failure.self) { try build(change) })?.description
  }

  @Test func ofTheHost() throws {
    let spec = try build {
      $0.network.mode = .host
      $0.namespaces.pid = .host
      $0.namespaces.ipc = .host
      $0.namespaces.uts = .host
      $0.namespaces.cgroup = .host
      $0.namespaces.user = .host
    }
    #expect(spec.linux?.namespaces.map(\.type) == [.mount])
    #expect(spec.hostname == nil)
    #expect(spec.mounts.first { $0.destination == "/dev/shm" }?.source == "/dev/shm")
  }

  @Test func ofAnotherContainer() throws {
    let spec = try build {
      $0.network.mode = .container("peer")
      $0.namespaces.pid = .container("peer")
      $0.namespaces.ipc = .container("peer")
      $0.namespaces.uts = .container("peer")
    }
    #expect(spec.linux?.namespace(.network)?.path == "/proc/42/ns/net")
    #expect(spec.linux?.namespace(.pid)?.path == "/proc/42/ns/pid")
    #expect(spec.linux?.namespace(.ipc)?.path == "/proc/42/ns/ipc")
    #expect(spec.linux?.namespace(.uts)?.path == "/proc/42/ns/uts")
    #expect(spec.hostname == nil)
    #expect(spec.process?.env.contains("HOSTNAME=peers") == true)
    #expect(spec.mounts.first { $0.destination == "/dev/shm" }?.source == "/peer/shm")
    #expect(spec.mounts.first { $0.destination == "/etc/hosts" }?.source == "/peer/hosts")
    #expect(failure { $0.namespaces.pid = .container("x") } == "No such container: x")
  }

  @Test func ofItsOwn() throws {
    let spec = try build {
      $0.network.mode = .loopback
      $0.namespaces.pid = .own
      $0.namespaces.ipc = .empty
      $0.namespaces.uts = .own
      $0.namespaces.cgroup = .own
    }
    #expect(spec.linux?.namespaces.count == 6)
    #expect(spec.linux?.namespaces.allSatisfy { $0.path == nil } == true)
    #expect(spec.mounts.contains { $0.destination == "/dev/shm" } == false)
  }

  @Test func sharedMemoryForOthers() throws {
    #expect(try build { $0.namespaces.ipc = .shareable }.linux?.makes(.ipc) == true)
    #expect(try build { $0.namespaces.ipc = .shareable }.mounts == build { _ in }.mounts)
  }

  @Test func conflicts() throws {
    #expect(
      failure {
        $0.removesItself = true
        $0.restart = .always
      } == "conflicting options: cannot specify both --restart and --rm")
    #expect(
      failure {
        $0.namespaces.uts = .host
        $0.hostname = "x"
      } == "conflicting options: hostname and the UTS mode")
    let network: [(String, (inout RunOptions) throws -> Void)] = [
      ("hostname and the network mode", { $0.hostname = "x" }),
      ("dns and the network mode", { $0.network.dns = ["1.1.1.1"] }),
      ("custom host-to-IP mapping and the network mode", { $0.network.hosts = [try HostEntry("a:1.1.1.1")] }),
      ("port publishing and the container type network mode", { $0.network.publishesAll = true }),
      (
        "port exposing and the container type network mode",
        { $0.network.exposed = try ContainerPort.ports("80") }
      ),
    ]
    for (text, change) in network {
      #expect(
        failure {
          $0.network.mode = .container("peer")
          try change(&$0)
        } == "conflicting options: " + text)
    }
    #expect(
      failure {
        $0.namespaces.ipc = .host
        $0.limits.sharedMemory = 1
      } == "--shm-size: --ipc host leaves nothing to size")
  }

  @Test func sysctls() throws {
    #expect(
      try build { $0.sysctls = ["net.ipv4.ip_forward": "1"] }.linux?.sysctl == ["net.ipv4.ip_forward": "1"])
    #expect(throws: SpecError.self) { try build { $0.sysctls = ["kernel.panic": "1"] } }
    #expect(throws: SpecError.self) {
      try build {
        $0.network.mode = .host
        $0.sysctls = ["net.ipv4.ip_forward": "1"]
      }
    }
  }

  @Test(arguments: [
    ("--pid", "host"), ("--pid", "private"), ("--pid", "container:x"), ("--ipc", "shareable"),
    ("--ipc", "none"),
    ("--uts", "host"), ("--cgroupns", "private"), ("--userns", "host"),
  ])
  func mode(_ flag: String, _ text: String) throws {
    #expect(try NamespaceMode(text, flag: flag).word == text)
  }

  @Test(arguments: [
    ("--pid", ""), ("--pid", "odd"), ("--pid", "container:"), ("--pid", "none"), ("--uts", "shareable"),
    ("--cgroupns", "container:x"), ("--userns", "private"), ("--userns", "container:x"),
  ])
  func refusedMode(_ flag: String, _ text: String) {
    let failure = #expect(throws: Failure.self) { try NamespaceMode(text, flag: flag) }
    #expect(failure?.operation == flag)
  }
}

@Suite struct SpecMountsTests {
  let built = Built()

  func mounts(_ flags: MountFlag...) throws -> [Mount] { try built.build { $0.mounts = flags }.mounts }

  @Test func foldersGoBeforeWhatIsBelow() throws {
    let mounts = try mounts(
      MountFlag(tmpfs: "/a/b/c"), MountFlag(volume: "/host:/a"), MountFlag(tmpfs: "/z"),
      MountFlag(tmpfs: "/a/b"))
    #expect(mounts.suffix(4).map(\.destination) == ["/a", "/z", "/a/b", "/a/b/c"])
  }

  @Test func theyReplaceTheUsualOnes() throws {
    let defaults = try mounts().map(\.destination)
    let mounts = try mounts(MountFlag(volume: "/host:/dev/shm/"), MountFlag(volume: "name:/sys/fs/cgroup"))
    #expect(mounts.count == defaults.count)
    #expect(mounts.filter { $0.cleanDestination == "/dev/shm" }.map(\.source) == ["/host"])
    #expect(mounts.filter { $0.cleanDestination == "/sys/fs/cgroup" }.map(\.source) == ["/volumes/name"])
  }

  @Test func modeOfWhatIsInMemory() throws {
    let mounts = try mounts(
      MountFlag(tmpfs: "/etc"), MountFlag(tmpfs: "/new"), MountFlag(tmpfs: "/own:mode=700"))
    let modes = mounts.suffix(3).map { $0.options.filter { $0.hasPrefix("mode=") } }
    #expect(modes == [[], ["mode=1777"], ["mode=700"]])
  }

  @Test func anotherDevTakesWhatIsBelow() throws {
    let mounts = try mounts(MountFlag(volume: "/host:/dev"))
    #expect(mounts.filter { $0.destination.hasPrefix("/dev") }.map(\.source) == ["/host"])
  }

  @Test func namesOfItsOwn() throws {
    var builder = try built.builder { $0.mounts = [try MountFlag(volume: "/host:/etc/hosts")] }
    builder.networkFiles = "/files"
    let spec = try builder.build()
    let etc = spec.mounts.filter { $0.destination.hasPrefix("/etc/") }
    #expect(etc.map(\.source) == ["/host", "/files/hostname", "/files/resolv.conf"])
    let files = try builder.newFiles(for: spec, host: .init(hosts: "", resolver: ""))
    #expect(files.map(\.path) == ["/files/hostname", "/files/resolv.conf"])
    #expect(files.first?.text == "0123456789ab\n")
  }

  @Test func bundleHasItsOwnNamesUnlessToldOtherwise() throws {
    let bundled = try built.build()
    var builder = built.builder { $0.hostname = "x" }
    builder.networkFiles = "/files"
    #expect(try builder.amend(bundled).mounts == bundled.mounts)
    #expect(try builder.newFiles(for: builder.amend(bundled)) == [])
    builder = built.builder { $0.network.dns = ["1.1.1.1"] }
    builder.networkFiles = "/files"
    #expect(try builder.amend(bundled).mounts.count == bundled.mounts.count + 3)
  }

  @Test func volumesOfAnother() throws {
    let others = try [MountFlag(volume: "/a:/x"), MountFlag(volume: "v1:/y"), MountFlag(tmpfs: "/z")]
    let own = [try MountFlag(volume: "/b:/x/")]
    let all = try VolumesFrom("other:ro").adding(others, to: own)
    #expect(all.map(\.target) == ["/x/", "/y"])
    #expect(all.map(\.isReadOnly) == [false, true])
  }
}
