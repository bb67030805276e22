import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

/// A configuration made from flags.
struct Built {
  let scratch = Scratch(
    passwd: "root:x:0:0::/root:\nuser:x:1000:1000::/:\n", group: "root:x:0:\nwheel:x:10:user\n")

  func builder(_ change: (inout RunOptions) throws -> Void) rethrows -> SpecBuilder {
    var options = RunOptions(image: scratch.path)
    try change(&options)
    var builder = SpecBuilder(options: options, id: "0123456789abcdef", rootfs: scratch.path)
    builder.volume = { "/volumes/" + $0 }
    builder.container = { name in
      guard name == "peer" else { throw Failure("No such container: \(name)") }
      return SpecBuilder.Peer(
        id: "1", pid: 42, hostname: "peers", networkFiles: "/peer", sharedMemory: "/peer/shm")
    }
    return builder
  }

  /// What a rootfs becomes; it is checked as a whole.
  func build(_ change: (inout RunOptions) throws -> Void = { _ in }) throws -> Spec {
    let spec = try builder(change).build()
    try spec.validate()
    return spec
  }
}

@Suite struct SpecBuilderTests {
  let built = Built()

  func build(_ change: (inout RunOptions) throws -> Void = { _ in }) throws -> Spec {
    try built.build(change)
  }

  @Test func defaults() throws {
    let spec = try build()
    #expect(spec.process?.args == ["/bin/sh"])
    #expect(spec.process?.cwd == "/")
    #expect(spec.process?.terminal == false)
    #expect(spec.process?.rlimits == [])
    #expect(spec.process?.noNewPrivileges == false)
    #expect(spec.process?.oomScoreAdj == nil)
    #expect(spec.hostname == "0123456789ab")
    #expect(spec.domainname == nil)
    #expect(spec.root?.readonly == false)
    #expect(spec.annotations == [:])
    #expect(spec.linux?.cgroupsPath == "/swiftainer/0123456789abcdef")
    #expect(Set(spec.linux!.namespaces.map(\.type)) == [.mount, .uts, .ipc, .pid, .cgroup, .network])
    #expect(spec.linux?.seccomp != nil)
    #expect(spec.linux?.resources == LinuxResources(devices: DefaultSpec.devices))
    #expect(spec.linux?.devices == [])
    #expect(spec.linux?.sysctl == [:])
  }

  @Test func command() throws {
    #expect(try build { $0.command = ["a", "b c"] }.process?.args == ["a", "b c"])
  }

  @Test func entrypoint() throws {
    func args(_ entrypoint: [String]?, _ command: [String]) throws -> [String]? {
      try build {
        $0.entrypoint = entrypoint
        $0.command = command
      }.process?.args
    }
    #expect(try args(["a"], ["b"]) == ["a", "b"])
    #expect(try args(["a"], []) == ["a"])
    #expect(try args([], ["b"]) == ["b"])
    #expect(throws: Failure.self) { try args([], []) }
  }

  @Test func environmentReplaces() throws {
    let process = try build { $0.environment = ["A=1", "PATH=/bin", "A=2", "HOSTNAME=h", "B="] }.process
    #expect(process?.env == ["PATH=/bin", "HOSTNAME=h", "A=2", "B="])
  }

  @Test func environmentWithoutAVariable() throws {
    #expect(try build { $0.environment = ["PATH", "A"] }.process?.env == ["HOSTNAME=0123456789ab"])
  }

  @Test func surroundings() throws {
    let spec = try build {
      $0.workingFolder = "/work"
      $0.readOnly = true
      $0.annotations = ["a": "b"]
      $0.domainname = "example.org"
      $0.consoleSize = Box(height: 1, width: 2)
      $0.terminal = true
    }
    #expect(spec.process?.cwd == "/work")
    #expect(spec.root?.readonly == true)
    #expect(spec.annotations == ["a": "b"])
    #expect(spec.domainname == "example.org")
    #expect(spec.process?.consoleSize == Box(height: 1, width: 2))
    #expect(spec.process?.terminal == true)
  }

  @Test func furtherGroups() throws {
    #expect(try build { $0.groups = ["wheel", "77", "0"] }.process?.user.additionalGids == [0, 10, 77])
    for group in ["", "no-such", "4294967296"] {
      #expect(throws: Failure.self) { try build { $0.groups = [group] } }
    }
  }

  @Test func limitsOfProcesses() throws {
    let process = try build {
      $0.limits.ulimits = [
        Ulimit(name: "nofile", soft: 1, hard: 2), Ulimit(name: "core", soft: -1, hard: -1),
      ]
      $0.limits.oomScoreAdjustment = 500
    }.process
    #expect(
      process?.rlimits == [
        POSIXRlimit(type: "RLIMIT_NOFILE", soft: 1, hard: 2),
        POSIXRlimit(type: "RLIMIT_CORE", soft: .max, hard: .max),
      ])
    #expect(process?.oomScoreAdj == 500)
  }

  @Test func userHoldsNothingAtOnce() throws {
    let process = try build { $0.user = "user" }.process
    #expect(process?.user.uid == 1000)
    #expect(process?.capabilities?.effective == [])
    #expect(process?.capabilities?.bounding.isEmpty == false)
  }

  @Test func bundleKeepsWhatIsNotSaid() throws {
    var bundled = try build { $0.command = ["its", "own"] }
    bundled.process?.env = ["A=1", "B=1"]
    bundled.hostname = "its-own"
    let amended = try built.builder { $0.environment = ["A=2"] }.amend(bundled)
    #expect(amended.process?.args == ["its", "own"])
    #expect(amended.process?.env == ["A=2", "B=1"])
    bundled.process?.env = ["A=2", "B=1"]
    #expect(amended == bundled)
  }

  @Test func bundleIsChangedByEveryKindOfFlag() throws {
    var bundled = try build()
    bundled.process?.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILE", soft: 5, hard: 5)]
    bundled.linux?.sysctl = ["net.a": "1", "net.b": "1"]
    let amended = try built.builder {
      $0.limits.ulimits = [Ulimit(name: "nofile", soft: 1, hard: 2)]
      $0.limits.pids = 5
      $0.sysctls = ["net.a": "2"]
      $0.namespaces.pid = .host
      $0.network.mode = .host
      $0.hostname = "said"
      $0.security.noNewPrivileges = true
      $0.mounts = [try MountFlag(tmpfs: "/dev/shm")]
    }.amend(bundled)
    #expect(amended.process?.rlimits == [POSIXRlimit(type: "RLIMIT_NOFILE", soft: 1, hard: 2)])
    #expect(amended.linux?.resources?.pids?.limit == 5)
    #expect(amended.linux?.sysctl == ["net.a": "2", "net.b": "1"])
    #expect(amended.linux?.has(.pid) == false)
    #expect(amended.linux?.has(.network) == false)
    #expect(amended.hostname == "said")
    #expect(amended.process?.noNewPrivileges == true)
    #expect(amended.mounts.filter { $0.destination == "/dev/shm" }.count == 1)
  }

  @Test func bundleWithItsOwnCapabilities() throws {
    var bundled = try build()
    bundled.process?.capabilities = LinuxCapabilities(bounding: ["CAP_KILL", "CAP_CHOWN"])
    let amended = try built.builder { $0.droppedCapabilities = ["KILL"] }.amend(bundled)
    #expect(amended.process?.capabilities?.bounding == ["CAP_CHOWN"])
  }
}

@Suite struct FlagNamesTests {
  @Test func configurationsFieldBecomesTheFlag() {
    let names = [(field: "process.cwd", flag: "--workdir")]
    let error = FlagNames.renamed(SpecError("process.cwd", "must be absolute"), names)
    #expect("\(error)" == "--workdir: must be absolute")
    let failure = FlagNames.renamed(Failure("change to folder /x (process.cwd)", errno: ENOTDIR), names)
    #expect("\(failure)" == "change to folder /x (--workdir): not a directory")
    let other = FlagNames.renamed(SpecError("process.cwds", "odd"), names)
    #expect("\(other)" == "process.cwds: odd")
  }

  @Test func entryOfAField() {
    let names = [(field: "linux.sysctl", flag: "--sysctl"), (field: "process.rlimits", flag: "--ulimit")]
    let error = FlagNames.renamed(SpecError("linux.sysctl[\"kernel.panic\"]", "is odd"), names)
    #expect("\(error)" == "--sysctl kernel.panic: is odd")
    let failure = FlagNames.renamed(Failure("process.rlimits[0]", reason: "too high"), names)
    #expect("\(failure)" == "--ulimit: too high")
    let inBrackets = FlagNames.renamed(Failure("set limit (process.rlimits[0])", errno: EPERM), names)
    #expect("\(inBrackets)" == "set limit (--ulimit): operation not permitted")
  }

  @Test func whatWasNotSaidKeepsItsName() {
    let options = RunOptions(image: "x")
    let error = SpecError("process.cwd", "must be absolute")
    #expect("\(FlagNames.renamed(error, options))" == "process.cwd: must be absolute")
  }
}
