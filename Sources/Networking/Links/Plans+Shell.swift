import Runtime

/// Plans as commands a person could type, for `--explain`. They are never run.
extension BridgePlan {
  public var shell: [String] {
    var make = ["ip", "link", "add", name, "address", hardwareAddress.description]
    if let mtu { make += ["mtu", String(mtu)] }
    make += ["type", "bridge", "forward_delay", "0", "stp_state", "0"]
    let ipv6 = usesIPv6 ? [("forwarding", "1"), ("accept_ra", "0")] : [("disable_ipv6", "1")]
    var commands = [make]
    commands += ipv6.map { sysctl(name, "ipv6", $0.0, $0.1) }
    commands += addresses.map { add($0, to: name) }
    commands.append(sysctl(name, "ipv4", "route_localnet", "1"))
    commands.append(["ip", "link", "set", name, "up"])
    return commands.map { Shell.command($0) }
  }
}

extension EndpointPlan {
  /// - Parameter pid: of a process in the container; `$PID` where it is not known yet.
  public func shell(pid: Int32? = nil) -> [String] {
    let process = pid.map { String($0) } ?? Shell.process
    let common = ["numtxqueues", "1", "numrxqueues", "1"] + (mtu.map { ["mtu", String($0)] } ?? [])
    let make =
      ["ip", "link", "add", hostName, "master", bridge] + common
      + ["type", "veth", "peer", "name", insideName, "address", hardwareAddress.description] + common
      + ["netns", process]
    let host = [
      make, ["ip", "link", "set", hostName, "addrgenmode", "none"],
      ["ip", "link", "set", hostName, "type", "bridge_slave", "hairpin", "on"],
      ["ip", "link", "set", hostName, "up"],
    ]
    var inside = [
      ["ip", "link", "set", "lo", "up"],
      usesIPv6
        ? sysctl(insideName, "ipv6", "accept_ra", "0") : sysctl(insideName, "ipv6", "disable_ipv6", "1"),
    ]
    inside += addresses.map { add($0, to: insideName) }
    inside.append(["ip", "link", "set", insideName, "up"])
    inside += gateways.map {
      ["ip"] + ($0.isV6 ? ["-6"] : [])
        + ["route", "add", "default", "via", $0.description, "dev", insideName]
    }
    return (host + inside.map { ["nsenter", "-t", process, "-n"] + $0 }).map { Shell.command($0) }
  }
}

private func sysctl(_ device: String, _ family: String, _ name: String, _ value: String) -> [String] {
  ["sysctl", "-w", KernelSetting.device(device, family, name).assignment(value)]
}

private func add(_ address: InterfaceAddress, to device: String) -> [String] {
  // Nobody is asked whether the address is free; the address for all of a subnet exists in IPv4 alone.
  let more = address.address.isV6 ? ["nodad"] : address.prefix < 31 ? ["brd", "+"] : []
  return ["ip", "addr", "add", address.description] + more + ["dev", device]
}
