import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct SpecBuilderTests {
  let scratch = Scratch(passwd: "root:x:0:0::/root:\nuser:x:1000:1000::/:\n", group: "root:x:0:\n")

  func build(_ change: (inout RunOptions) -> Void = { _ in }) throws -> Spec {
    try builder(change).build()
  }

  func builder(_ change: (inout RunOptions) -> Void) -> SpecBuilder {
    var options = RunOptions(image: scratch.path)
    change(&options)
    return SpecBuilder(options: options, id: "0123456789abcdef", rootfs: scratch.path)
  }

  @Test func defaults() throws {
    let spec = try build()
    #expect(throws: Never.self) { try spec.validate() }
    #expect(spec.process?.args == ["/bin/sh"])
    #expect(spec.process?.cwd == "/")
    #expect(spec.process?.terminal == false)
    #expect(spec.hostname == "0123456789ab")
    #expect(spec.root?.readonly == false)
    #expect(spec.linux?.cgroupsPath == "/swiftainer/0123456789abcdef")
    #expect(Set(spec.linux!.namespaces.map(\.type)) == [.mount, .uts, .ipc, .pid, .cgroup, .network])
    #expect(spec.linux?.seccomp != nil)
    #expect(spec.linux?.resources?.memory == nil)
    #expect(spec.linux?.resources?.devices.first?.allow == false)
  }

  @Test func command() throws {
    #expect(try build { $0.command = ["a", "b c"] }.process?.args == ["a", "b c"])
  }

  @Test func environmentReplaces() throws {
    let process = try build { $0.environment = ["A=1", "PATH=/bin", "A=2", "HOSTNAME=h", "B="] }.process
    #expect(process?.env == ["PATH=/bin", "HOSTNAME=h", "A=2", "B="])
  }

  @Test func environmentWithoutAVariable() throws {
    #expect(try build { $0.environment = ["PATH", "A"] }.process?.env == ["HOSTNAME=0123456789ab"])
  }

  @Test func networkOfTheHost() throws {
    let spec = try build { $0.network.mode = .host }
    #expect(spec.linux?.namespaces.contains { $0.type == .network } == false)
  }

  @Test func limits() throws {
    let resources = try build {
      $0.limits.memory = 64 << 20
      $0.limits.nanoCPUs = 1_500_000_000
      $0.limits.cpuset = "0"
      $0.limits.pids = 10
    }.linux?.resources
    #expect(resources?.memory?.limit == 64 << 20)
    #expect(resources?.memory?.swap == 128 << 20)
    #expect(resources?.cpu?.quota == 150_000)
    #expect(resources?.cpu?.period == 100_000)
    #expect(resources?.cpu?.cpus == "0")
    #expect(resources?.pids?.limit == 10)
  }

  @Test func swap() throws {
    func swap(_ memory: Int64?, _ swap: Int64?) throws -> Int64? {
      try build {
        $0.limits.memory = memory
        $0.limits.memorySwap = swap
      }.linux?.resources?.memory?.swap
    }
    #expect(try swap(100, 100) == 100)
    #expect(try swap(100, -1) == -1)
    #expect(throws: Failure.self) { try swap(100, 99) }
    #expect(throws: Failure.self) { try swap(nil, 100) }
  }

  @Test func privileged() throws {
    let linux = try build { $0.privileged = true }.linux
    #expect(linux?.seccomp == nil)
    #expect(linux?.maskedPaths == [])
    #expect(linux?.readonlyPaths == [])
    #expect(linux?.resources?.devices.first?.allow == true)
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
    let amended = try builder { $0.environment = ["A=2"] }.amend(bundled)
    #expect(amended.process?.args == ["its", "own"])
    #expect(amended.process?.env == ["A=2", "B=1"])
    #expect(amended.hostname == "its-own")
    #expect(amended.process?.capabilities == bundled.process?.capabilities)
  }

  @Test func bundleWithItsOwnCapabilities() throws {
    var bundled = try build()
    bundled.process?.capabilities = LinuxCapabilities(bounding: ["CAP_KILL", "CAP_CHOWN"])
    let amended = try builder { $0.droppedCapabilities = ["KILL"] }.amend(bundled)
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
}
