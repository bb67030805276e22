import Glibc

/// The conversation with the kernel that moves one device: asked on the host, asked in the container, never by name
/// once its number is known.
struct InterfaceMover {
  let name: String
  let newName: String
  /// A descriptor of the container's network namespace.
  let namespace: CInt
  let host: any NetlinkChannel
  let container: any NetlinkChannel

  private var field: String { "linux.netDevices.\(name)" }
  /// The kernel fills in the first free number.
  private var isTemplate: Bool { newName.contains("%d") }

  func move() throws {
    let device = try find()
    let addresses = try addresses(of: device)
    let before = try links(container)
    // Looked at before anything is changed: the kernel would rename only after the move.
    if !isTemplate, before.contains(where: { $0.name == newName }) {
      throw failure(
        "name it \(newName)", EEXIST, "the container's network namespace has a device of that name")
    }
    try hand(over: device)
    let known = Set(before.map(\.index))
    guard let moved = try links(container).first(where: { !known.contains($0.index) }) else {
      throw Failure(field, reason: "it is not in the container after the move")
    }
    for address in addresses { try add(address, to: moved) }
    try setUp(moved)
  }

  private func find() throws -> NetlinkLink {
    var payload = NetlinkLink.fixed()
    payload += NetlinkAttribute(Netlink.Link.name, name).bytes
    let answers = try ask(
      host, "find it",
      NetlinkMessage(
        type: Netlink.getLink, flags: Netlink.request | Netlink.acknowledge, sequence: 1, payload: payload))
    guard let device = answers.lazy.compactMap(NetlinkLink.init).first else {
      throw failure("find it", ENODEV)
    }
    if device.flags & Netlink.Link.loopback != 0 {
      throw Failure(field, reason: "a loopback device cannot leave its network namespace")
    }
    return device
  }

  private func addresses(of device: NetlinkLink) throws -> [NetlinkAddress] {
    let answers = try ask(
      host, "list its addresses",
      NetlinkMessage(
        type: Netlink.getAddress, flags: Netlink.request | Netlink.dump, sequence: 2,
        payload: [UInt8](repeating: 0, count: Netlink.Address.structSize)))
    return answers.compactMap(NetlinkAddress.init).filter { $0.index == device.index && $0.isKept }
  }

  private func links(_ channel: any NetlinkChannel) throws -> [NetlinkLink] {
    try ask(
      channel, "list the container's devices",
      NetlinkMessage(
        type: Netlink.getLink, flags: Netlink.request | Netlink.dump, sequence: 3,
        payload: NetlinkLink.fixed())
    ).compactMap(NetlinkLink.init)
  }

  private func hand(over device: NetlinkLink) throws {
    var payload = NetlinkLink.fixed(index: device.index)
    payload += NetlinkAttribute(Netlink.Link.namespace, UInt32(bitPattern: namespace)).bytes
    payload += NetlinkAttribute(Netlink.Link.name, newName).bytes
    _ = try ask(
      host, "move it to the container",
      NetlinkMessage(
        type: Netlink.setLink, flags: Netlink.request | Netlink.acknowledge, sequence: 4, payload: payload))
  }

  private func add(_ address: NetlinkAddress, to device: NetlinkLink) throws {
    let flags = Netlink.request | Netlink.acknowledge | Netlink.create | Netlink.exclusive
    let local =
      address.attributes.first { $0.type == Netlink.Address.local }
      ?? address.attributes.first { $0.type == Netlink.Address.address }
    let text = local.map { KernelCall.addressText($0.value) } ?? "?"
    _ = try ask(
      container, "give it back its address \(text)/\(address.prefixLength)",
      NetlinkMessage(
        type: Netlink.newAddress, flags: flags, sequence: 5,
        payload: address.payload(on: device.index, renamed: name, to: device.name)))
  }

  private func setUp(_ device: NetlinkLink) throws {
    _ = try ask(
      container, "set it up",
      NetlinkMessage(
        type: Netlink.newLink, flags: Netlink.request | Netlink.acknowledge, sequence: 6,
        payload: NetlinkLink.fixed(index: device.index, flags: Netlink.Link.up, change: Netlink.Link.up)))
  }

  private func ask(
    _ channel: any NetlinkChannel, _ purpose: String, _ request: NetlinkMessage
  ) throws -> [NetlinkMessage] {
    do {
      return try channel.exchange(request)
    } catch let error as NetlinkError {
      throw failure(purpose, error.errno, error.message)
    }
  }

  private func failure(_ purpose: String, _ code: CInt, _ message: String? = nil) -> Failure {
    Failure(
      "\(field): \(purpose)", reason: message.map { $0.prefix(1).lowercased() + $0.dropFirst() }, errno: code)
  }
}
