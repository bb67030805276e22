import Glibc

/// Hands a network device of the host over to a container: `linux.netDevices`.
///
/// The kernel keeps what belongs to the device (its MTU, its hardware address), and takes away what belongs to
/// the namespace: its lasting addresses are put back, and it is set up again. Source: runtime-spec 1.3.0,
/// config-linux.md, "Network Devices".
enum NetworkInterface {
  /// Moves a device into the network namespace of a process that waits.
  ///
  /// - Parameter newName: its name there; `%d` in it stands for the first free number.
  /// - Throws: `Failure` naming `linux.netDevices` and the device.
  static func move(
    _ name: String, to pid: Int32, as newName: String, telling listener: KernelCallListener = .nobody
  ) throws {
    let field = "linux.netDevices.\(name)"
    let namespace: NetworkNamespace
    do { namespace = try NetworkNamespace(of: pid, telling: listener) } catch { throw naming(field, error) }
    if !namespace.isForeign {
      throw Failure(field, reason: "the container has no network namespace of its own to move it to")
    }
    let host = try NetlinkSocket(telling: listener)
    let container: NetlinkSocket
    do {
      container = try namespace.visit(telling: listener) { try NetlinkSocket(telling: listener) }
    } catch let failure as Failure { throw naming(field, failure) }
    try InterfaceMover(
      name: name, newName: newName, namespace: namespace.raw, host: host, container: container
    )
    .move()
  }

  /// What `move` is going to call, for a device with one address.
  static func foreseenCalls(_ name: String, folder: String, as newName: String) -> [KernelCall] {
    let network = NamespaceSet.network.rawValue
    let readOnly = UInt64(O_RDONLY | O_CLOEXEC)
    let request = Netlink.request | Netlink.acknowledge
    func message(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
      NetlinkMessage(type: type, flags: request, sequence: 1, payload: payload).bytes
    }
    let named = NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, name).bytes
    let renamed = NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, newName).bytes
    let up = NetlinkLink.fixed(flags: Netlink.Link.up, change: Netlink.Link.up)
    return [
      .openat(.current, folder + "/ns/net", readOnly), .setns("netfd", network), .netlinkSocket(),
      .setns("ownfd", network), .sendto("hostfd", netlink: message(Netlink.getLink, named)),
      .sendto("hostfd", netlink: message(Netlink.setLink, renamed)),
      .sendto("containerfd", netlink: message(Netlink.newLink, up)),
    ]
  }

  private static func naming(_ field: String, _ failure: Failure) -> Failure {
    Failure("\(field): \(failure.operation)", failure.subject, reason: failure.reason, errno: failure.errno)
  }
}
