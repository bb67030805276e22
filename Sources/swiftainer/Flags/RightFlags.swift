import ArgumentParser
import Engine
import Runtime

/// What the container may do.
struct RightFlags: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Add a capability, as in NET_ADMIN, or ALL.", valueName: "name"))
  var capAdd: [String] = []
  @Option(
    parsing: .unconditionalSingleValue, help: ArgumentHelp("Drop a capability, or ALL.", valueName: "name"))
  var capDrop: [String] = []
  @Flag(help: "Give all capabilities and devices, and hide nothing.") var privileged = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=disable|type:TYPE|… or systempaths=unconfined.",
      valueName: "option"))
  var securityOpt: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A device, or a folder of them: HOST[:CONTAINER[:rwm]].", valueName: "device"))
  var device: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Allow a kind of devices, as in 'c 10:* rwm'.", valueName: "rule"))
  var deviceCgroupRule: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a parameter of the kernel: NAME=VALUE.", valueName: "parameter"))
  var sysctl: [String] = []

  func apply(to options: inout RunOptions) throws {
    options.addedCapabilities = capAdd
    options.droppedCapabilities = capDrop
    options.privileged = privileged
    for text in securityOpt { try options.security.add(text) }
    options.devices = try device.map { try DeviceFlag($0) }
    options.deviceRules = try deviceCgroupRule.map(DeviceFlag.rule)
    for text in sysctl {
      let (name, value) = try KeyValue.strictPair(text, flag: "--sysctl")
      options.sysctls[name] = value
    }
  }
}
