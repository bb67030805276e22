import Runtime

/// Whether the host hands packets on from one device to another: off on most machines, and needed by networks.
public enum Forwarding {
  /// Switches it on where it is off.
  ///
  /// A host that forwards IPv6 no longer listens to routers, and would lose its own default route. So devices that
  /// have routes from there are told to go on listening. Source: the kernel's ip-sysctl, `accept_ra`.
  ///
  /// - Returns: the parameters that were changed, as sysctl(8) writes them: `net.ipv4.ip_forward=1`. People are to
  ///   be told: they belong to the whole machine.
  /// - Throws: `Failure` naming the file.
  public static func ensure(ipv6: Bool, telling listener: KernelCallListener = .nobody) throws -> [String] {
    try ensure(
      ipv6: ipv6, advertised: { try advertisedDevices(listener) },
      read: { try $0.read(telling: listener) }, set: { try $0.set($1, telling: listener) })
  }

  static func ensure(
    ipv6: Bool, advertised: () throws -> [String], read: (KernelSetting) throws -> String?,
    set: (KernelSetting, String) throws -> Void
  ) throws -> [String] {
    var changed: [String] = []
    func change(_ setting: KernelSetting, _ value: String) throws {
      try set(setting, value)
      changed.append(setting.assignment(value))
    }
    let forwarding4 = KernelSetting("ipv4/ip_forward")
    if try read(forwarding4) == "0" { try change(forwarding4, "1") }
    let forwarding6 = KernelSetting("ipv6/conf/all/forwarding")
    if ipv6, try read(forwarding6) == "0" {
      for device in try advertised() {
        let setting = KernelSetting.device(device, "ipv6", "accept_ra")
        if try read(setting) == "1" { try change(setting, "2") }
      }
      try change(forwarding6, "1")
    }
    return changed
  }

  /// The devices that have routes from routers' advertisements.
  private static func advertisedDevices(_ listener: KernelCallListener) throws -> [String] {
    let conversation = LinkConversation(try NetlinkSocket(telling: listener), about: "")
    let devices = Set(
      try conversation.ask(.listRoutes()).compactMap(RouteEntry.init).filter(\.isAdvertised)
        .compactMap(\.device))
    if devices.isEmpty { return [] }
    return try conversation.ask(.list()).compactMap(Link.init).filter { devices.contains($0.index) }.map(
      \.name)
  }
}
