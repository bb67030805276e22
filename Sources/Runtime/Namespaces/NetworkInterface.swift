import CShim
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
    let own = try namespace("/proc/thread-self/ns/net", field, listener)
    let theirs = try namespace("/proc/\(pid)/ns/net", field, listener)
    if try isSame(own.raw, theirs.raw, field) {
      throw Failure(field, reason: "the container has no network namespace of its own to move it to")
    }
    let host = try NetlinkSocket(telling: listener)
    let container = try socket(in: theirs.raw, backTo: own.raw, field, listener)
    try InterfaceMover(name: name, newName: newName, namespace: theirs.raw, host: host, container: container)
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

  private static func namespace(
    _ path: String, _ field: String, _ listener: KernelCallListener
  ) throws(Failure) -> OwnedFD {
    do throws(Failure) {
      let file = try Files.open(path, O_RDONLY)
      listener.tell(.openat(.current, path, UInt64(O_RDONLY | O_CLOEXEC)), file.raw)
      return file
    } catch { throw Failure("\(field): open", path, errno: error.errno) }
  }

  private static func isSame(_ a: CInt, _ b: CInt, _ field: String) throws(Failure) -> Bool {
    var (one, other) = (stat(), stat())
    guard fstat(a, &one) == 0, fstat(b, &other) == 0 else {
      throw Failure("\(field): look at the network namespaces", errno: errno)
    }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

  /// A socket belongs for good to the namespace in which it was opened: one visit is enough.
  private static func socket(
    in theirs: CInt, backTo own: CInt, _ field: String, _ listener: KernelCallListener
  ) throws(Failure) -> NetlinkSocket {
    try enter(theirs, "\(field): enter the container's network namespace", listener)
    let socket: Result<NetlinkSocket, Failure>
    do throws(Failure) { socket = .success(try NetlinkSocket(telling: listener)) } catch {
      socket = .failure(error)
    }
    // Before anything else is done or thrown: what follows is meant for the host.
    try enter(own, "\(field): come back from the container's network namespace", listener)
    return try socket.get()
  }

  private static func enter(_ namespace: CInt, _ purpose: String, _ listener: KernelCallListener)
    throws(Failure)
  {
    let result = shim_setns(namespace, CInt(NamespaceSet.network.rawValue))
    listener.tell(.setns(.number(namespace), NamespaceSet.network.rawValue), result)
    if result < 0 { throw Failure(purpose, errno: -result) }
  }
}
