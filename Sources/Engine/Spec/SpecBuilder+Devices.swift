import OCISpec
import Runtime

extension SpecBuilder {
  /// The nodes in /dev, and what may be done with them.
  func applyDevices(to linux: inout Linux) throws(Failure) {
    var rules = linux.resources?.devices ?? []
    if options.privileged {
      rules = [LinuxDeviceCgroup(allow: true, access: "rwm")]
      let own = Set(linux.devices.map(\.path))
      linux.devices += HostDevices.all().filter { !own.contains($0.path) }
    }
    for flag in options.devices {
      let nodes = try HostDevices.below(flag.source, as: flag.target)
      for node in nodes {
        linux.devices.removeAll { Files.clean($0.path) == node.path }
        linux.devices.append(node)
        if !options.privileged {
          rules.append(
            LinuxDeviceCgroup(
              allow: true, type: node.type, major: node.major, minor: node.minor, access: flag.access))
        }
      }
    }
    if !options.privileged { rules += options.deviceRules }
    if rules != linux.resources?.devices ?? [] {
      var resources = linux.resources ?? LinuxResources()
      resources.devices = rules
      linux.resources = resources
    }
  }
}
