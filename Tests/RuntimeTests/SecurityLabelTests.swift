import Glibc
import OCISpec
import Testing

@testable import Runtime

@Suite struct SecurityModuleDetection {
  @Test func nothingThere() throws {
    let scratch = try SecurityScratch()
    #expect(LSM.detect(root: scratch.path) == LSM())
  }

  @Test func appArmorNeedsItsSwitchAndItsFolder() throws {
    let scratch = try SecurityScratch()
    try scratch.write("Y\n", to: "sys/module/apparmor/parameters/enabled")
    #expect(LSM.detect(root: scratch.path).appArmor == .absent)
    try scratch.write("", to: "sys/kernel/security/apparmor/profiles")
    #expect(LSM.detect(root: scratch.path).appArmor == .enabled(ownFiles: false))
    try scratch.write("", to: "proc/thread-self/attr/apparmor/exec")
    #expect(LSM.detect(root: scratch.path).appArmor == .enabled(ownFiles: true))
    try scratch.write("N\n", to: "sys/module/apparmor/parameters/enabled")
    #expect(LSM.detect(root: scratch.path).appArmor == .absent)
  }

  @Test func selinuxNeedsAPolicy() throws {
    let scratch = try SecurityScratch()
    try scratch.write("1", to: "sys/fs/selinux/enforce")
    try scratch.write("kernel\0", to: "proc/thread-self/attr/current")
    #expect(!LSM.detect(root: scratch.path).hasSELinux)
    try scratch.write("system_u:system_r:init_t:s0\0", to: "proc/thread-self/attr/current")
    #expect(LSM.detect(root: scratch.path).hasSELinux)
  }
}

@Suite struct SecurityLabels {
  @Test func nothingAskedNothingWritten() throws {
    let neither = LSM()
    #expect(try neither.execAttributes(appArmorProfile: nil, selinuxLabel: nil) == [])
    #expect(try neither.execAttributes(appArmorProfile: "", selinuxLabel: "") == [])
    #expect(try neither.execAttributes(appArmorProfile: "unconfined", selinuxLabel: nil) == [])
    #expect(try neither.mountContext(nil) == nil)
    #expect(try neither.mountContext("") == nil)
  }

  @Test(arguments: [(true, "attr/apparmor/exec"), (false, "attr/exec")])
  func appArmorProfile(ownFiles: Bool, path: String) throws {
    let lsm = LSM(appArmor: .enabled(ownFiles: ownFiles))
    for name in ["docker-default", "unconfined"] {
      #expect(
        try lsm.execAttributes(appArmorProfile: name, selinuxLabel: nil)
          == [LSM.Attribute(path: path, value: "exec " + name)])
    }
  }

  @Test func selinuxLabel() throws {
    let lsm = LSM(hasSELinux: true)
    let label = "system_u:system_r:container_t:s0:c1,c2"
    #expect(
      try lsm.execAttributes(appArmorProfile: nil, selinuxLabel: label) == [
        LSM.Attribute(path: "attr/keycreate", value: label), LSM.Attribute(path: "attr/exec", value: label),
      ])
    #expect(try lsm.mountContext(label) == label)
  }

  @Test func askedForButMissing() {
    let neither = LSM()
    let profile = #expect(throws: SpecError.self) {
      try neither.execAttributes(appArmorProfile: "docker-default", selinuxLabel: nil)
    }
    #expect(profile?.description == "process.apparmorProfile: AppArmor is not enabled on this machine")
    let label = #expect(throws: SpecError.self) {
      try neither.execAttributes(appArmorProfile: nil, selinuxLabel: "a:b:c")
    }
    #expect(label?.description == "process.selinuxLabel: SELinux is not enabled on this machine")
    let mount = #expect(throws: SpecError.self) { try neither.mountContext("a:b:c") }
    #expect(mount?.description == "linux.mountLabel: SELinux is not enabled on this machine")
  }
}

@Suite struct SecurityDefaultPaths {
  @Test func throttleCountersOfPossibleProcessors() throws {
    let scratch = try SecurityScratch()
    try scratch.write("0-1,4\n", to: "possible")
    for cpu in [0, 2, 4] { try scratch.write("", to: "cpu\(cpu)/thermal_throttle/core_throttle_count") }
    let added = DefaultPaths.masked(cpus: scratch.path).filter { $0.hasPrefix(scratch.path) }
    #expect(
      added == [scratch.path + "/cpu0/thermal_throttle", scratch.path + "/cpu4/thermal_throttle"])
  }

  @Test func withoutSysfsTheRestRemains() {
    let masked = DefaultPaths.masked(cpus: "/nowhere")
    #expect(masked.count == 12)
    #expect(masked.contains("/proc/kcore") && masked.contains("/sys/firmware"))
    #expect(Set(masked).isDisjoint(with: DefaultPaths.readOnly))
    #expect(DefaultPaths.readOnly.contains("/proc/sysrq-trigger"))
  }
}
