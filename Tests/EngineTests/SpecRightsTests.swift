import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct SpecRightsTests {
  let built = Built()

  func build(_ change: (inout RunOptions) throws -> Void) throws -> Spec { try built.build(change) }

  func secured(_ words: String..., privileged: Bool = false) throws -> Spec {
    try build {
      for word in words { try $0.security.add(word) }
      $0.privileged = privileged
    }
  }

  @Test func privileged() throws {
    let spec = try build { $0.privileged = true }
    #expect(spec.linux?.seccomp == nil)
    #expect(spec.linux?.maskedPaths == [])
    #expect(spec.linux?.readonlyPaths == [])
    #expect(spec.linux?.resources?.devices == [LinuxDeviceCgroup(allow: true, access: "rwm")])
    #expect(spec.linux?.devices.contains { $0.path == "/dev/full" } == true)
    #expect(spec.mounts.first { $0.destination == "/sys" }?.options.contains("rw") == true)
  }

  @Test func securityOptions() throws {
    #expect(try secured("no-new-privileges").process?.noNewPrivileges == true)
    #expect(try secured("no-new-privileges:true").process?.noNewPrivileges == true)
    #expect(try secured("no-new-privileges=false").process?.noNewPrivileges == false)
    #expect(try secured("seccomp=unconfined").linux?.seccomp == nil)
    #expect(try secured("seccomp=builtin").linux?.seccomp != nil)
    #expect(try secured("apparmor=some").process?.apparmorProfile == "some")
    #expect(try secured("apparmor:unconfined").process?.apparmorProfile == "unconfined")
    #expect(try secured("label=type:x_t").process?.selinuxLabel == "system_u:system_r:x_t:s0")
    #expect(
      try secured("label=user:u", "label=role:r", "label:level:s0:c1,c2").process?.selinuxLabel
        == "u:r:container_t:s0:c1,c2")
    #expect(try secured("label=type:x_t", "label=disable").process?.selinuxLabel == nil)
    let open = try secured("systempaths=unconfined")
    #expect(open.linux?.maskedPaths == [])
    #expect(open.linux?.readonlyPaths == [])
    #expect(open.linux?.seccomp != nil)
  }

  @Test(arguments: [
    ("wings", "unknown option 'wings'"), ("", "unknown option ''"),
    ("no-new-privileges=maybe", "true or false"),
    ("seccomp", "not seccomp=FILE"), ("seccomp=", "not seccomp=FILE"), ("apparmor=", "not apparmor=PROFILE"),
    ("label=odd", "not label=disable"), ("label=wings:x", "not label=disable"),
    ("systempaths=odd", "systempaths"),
    ("seccomp=/no/such/file", "/no/such/file"),
  ])
  func refusedSecurityOption(_ text: String, _ reason: String) {
    var security = SecurityOptions()
    let failure = #expect(throws: Failure.self) { try security.add(text) }
    #expect(failure?.operation.hasPrefix("--security-opt") == true)
    #expect(failure?.description.contains(reason) == true)
  }

  @Test func devices() throws {
    let linux = try build {
      $0.devices = [try DeviceFlag("/dev/null:/dev/nothing:r"), try DeviceFlag("/dev/zero")]
      $0.deviceRules = [try DeviceFlag.rule("c 10:* rw")]
    }.linux
    #expect(linux?.devices.map(\.path) == ["/dev/nothing", "/dev/zero"])
    #expect(linux?.devices.first?.type == "c")
    #expect(linux?.devices.first?.major == 1)
    #expect(linux?.devices.first?.minor == 3)
    #expect(
      linux?.resources?.devices.dropFirst() == [
        LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 3, access: "r"),
        LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 5, access: "rwm"),
        LinuxDeviceCgroup(allow: true, type: "c", major: 10, minor: nil, access: "rw"),
      ])
  }

  @Test func devicesThatAreNone() {
    for path in ["/dev/no-such", "/etc/passwd", built.scratch.path] {
      let failure = #expect(throws: Failure.self) { try build { $0.devices = [try DeviceFlag(path)] } }
      #expect(failure?.operation == "--device")
      #expect(failure?.subject == path)
    }
  }

  @Test(arguments: [
    ("/dev/a", DeviceFlag(source: "/dev/a", target: "/dev/a")),
    ("/dev/a:r", DeviceFlag(source: "/dev/a", target: "/dev/a", access: "r")),
    ("/dev/a:/dev/b", DeviceFlag(source: "/dev/a", target: "/dev/b")),
    ("/dev/a:/dev/b:wm", DeviceFlag(source: "/dev/a", target: "/dev/b", access: "wm")),
  ])
  func device(_ text: String, _ flag: DeviceFlag) throws {
    #expect(try DeviceFlag(text) == flag)
  }

  @Test(arguments: [
    "", "dev/a", "/dev/a:", "/dev/a:b", "/dev/a:/dev/b:x", "/dev/a:/dev/b:rr", "/dev/a:/dev/b:r:w",
    "vendor/x=y",
  ])
  func refusedDevice(_ text: String) {
    #expect(throws: Failure.self) { try DeviceFlag(text) }
  }

  @Test(arguments: ["", "c 1:3", "x 1:3 r", "c 1 r", "c 1:3 x", "c 1:3  r", "c -1:3 r", "c 1:3:4 r"])
  func refusedRule(_ text: String) {
    #expect(throws: Failure.self) { try DeviceFlag.rule(text) }
  }

  static let profile = """
    {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
     "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
                 {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}],
     "syscalls": [
       {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "comment": "", "includes": {}, "excludes": {}},
       {"name": "mount", "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
       {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_CHOWN"]}},
       {"names": ["sync"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["riscv64"]}},
       {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
       {"names": ["close"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "999.0"}}]}
    """

  @Test func profileOfAFile() throws {
    func calls(_ change: (inout RunOptions) -> Void) throws -> [String]? {
      let filter = try build {
        change(&$0)
        $0.security.filter = .profile(Self.profile)
      }.linux?.seccomp?.decoded()
      #expect(filter?.defaultErrnoRet == 38)
      #expect(filter?.architectures.count == 2)
      return filter?.syscalls.flatMap(\.names)
    }
    #expect(try calls { _ in } == ["read", "write", "ptrace"])
    #expect(try calls { $0.droppedCapabilities = ["CHOWN"] } == ["read", "write", "clone", "ptrace"])
    #expect(try calls { $0.addedCapabilities = ["SYS_ADMIN"] } == ["read", "write", "mount", "ptrace"])
    // A privileged container gets the filter that was asked for.
    #expect(try calls { $0.privileged = true } == ["read", "write", "mount", "ptrace"])
  }

  @Test(arguments: [
    ("{}", "defaultAction"), ("[", "profile.json"), ("[]", "the document"),
    (#"{"defaultAction": "SCMP_ACT_ODD"}"#, "defaultAction"),
    (#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ALLOW"}]}"#, "syscalls[0]"),
    (
      #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "archMap": [{"architecture": "SCMP_ARCH_X86"}]}"#,
      "archMap"
    ),
  ])
  func refusedProfile(_ text: String, _ path: String) {
    #expect(
      performing: { try SeccompFile(text, name: "profile.json") },
      throws: { ($0 as? SpecError)?.path.hasPrefix(path) == true })
  }
}
