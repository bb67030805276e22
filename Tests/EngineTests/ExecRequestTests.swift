import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct ExecRequestTests {
  private let scratch = Scratch(passwd: "root:x:0:0::/root:/bin/sh\none:x:77:78::/home/one:/bin/sh\n")

  private var own: OCISpec.Process {
    var process = OCISpec.Process(args: ["init"], cwd: "/own")
    process.env = ["A=1", "B=2"]
    process.terminal = true
    process.user = User(uid: 5, gid: 6)
    process.capabilities = LinuxCapabilities(
      bounding: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL", "CAP_CHOWN"],
      permitted: ["CAP_KILL", "CAP_CHOWN"])
    process.apparmorProfile = "profile"
    process.noNewPrivileges = true
    return process
  }

  private func made(_ change: (inout ExecRequest) -> Void = { _ in }) throws -> OCISpec.Process {
    var request = ExecRequest(["sh", "-c", "x"])
    change(&request)
    return try request.process(from: own, rootfs: scratch.path)
  }

  @Test func whatIsNotSaidIsTheContainersOwn() throws {
    var expected = own
    expected.args = ["sh", "-c", "x"]
    // The container's own terminal is no sign that this one is to have one.
    expected.terminal = false
    #expect(try made() == expected)
  }

  @Test func variablesReplaceAndRemove() throws {
    #expect(try made { $0.environment = ["A=3", "C=", "B"] }.env == ["A=3", "C="])
  }

  @Test func terminalHasAName() throws {
    #expect(try made { $0.terminal = true }.env == ["A=1", "B=2", "TERM=xterm"])
    #expect(
      try made {
        $0.terminal = true
        $0.environment = ["TERM=vt100"]
      }.env.last == "TERM=vt100")
    var named = own
    named.env = ["TERM=own"]
    var request = ExecRequest(["sh"])
    request.terminal = true
    #expect(try request.process(from: named, rootfs: scratch.path).env == ["TERM=own"])
  }

  @Test func anotherUserHoldsNothingAtOnce() throws {
    let process = try made { $0.user = "one" }
    #expect((process.user.uid, process.user.gid) == (77, 78))
    #expect(process.capabilities?.effective == [])
    #expect(Set(process.capabilities?.bounding ?? []) == ["CAP_KILL", "CAP_CHOWN"])
    let root = try made { $0.user = "root" }
    #expect(Set(root.capabilities?.effective ?? []) == ["CAP_KILL", "CAP_CHOWN"])
  }

  @Test func anotherUserHasTheContainersGroups() throws {
    var request = ExecRequest(["id"])
    request.user = "one"
    let process = try request.process(from: own, groups: ["999", "78"], rootfs: scratch.path)
    #expect(process.user.additionalGids == [78, 999])
  }

  @Test func unknownUser() {
    #expect(throws: Failure.self) { try made { $0.user = "two" } }
  }

  @Test func privileged() throws {
    let process = try made {
      $0.privileged = true
      $0.user = "root"
    }
    #expect(process.capabilities?.effective == CapabilitySet.available(inOtherUserNamespace: false).names)
    #expect(process.apparmorProfile == nil)
    // That no program gives more is the container's own wish.
    #expect(process.noNewPrivileges)
  }

  @Test func folder() throws {
    #expect(try made { $0.workingFolder = "/other" }.cwd == "/other")
  }
}
