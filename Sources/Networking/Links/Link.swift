import Runtime

/// A network device of the host.
public struct Link: Hashable, Sendable {
  public let index: Int32
  public let name: String
  /// `bridge`, `veth`, …; empty for a device that is no software's.
  public let kind: String
  public let isUp: Bool
  /// The number of the bridge that it is a port of.
  public let master: Int32?
  public let hardwareAddress: HardwareAddress?
  /// In bytes.
  public let mtu: UInt32

  init?(_ message: NetlinkMessage) {
    guard let link = NetlinkLink(message) else { return nil }
    let attributes = message.attributes(behind: Netlink.Link.structSize)
    func attribute(_ type: UInt16) -> NetlinkAttribute? { attributes.first { $0.type == type } }
    index = link.index
    name = link.name
    isUp = link.flags & Netlink.Link.up != 0
    let info = attribute(Netlink.Link.info)?.nested ?? []
    kind = info.first { $0.type == Netlink.LinkInfo.kind }?.text ?? ""
    master = attribute(Netlink.Link.master)?.number.map { Int32(bitPattern: $0) }
    hardwareAddress = attribute(Netlink.Link.hardwareAddress).flatMap { HardwareAddress(bytes: $0.value) }
    mtu = attribute(Netlink.Link.mtu)?.number ?? 0
  }
}

/// The network devices of the host.
public enum Links {
  /// All of them.
  ///
  /// - Throws: `Failure` naming the request.
  public static func all(telling listener: KernelCallListener = .nobody) throws -> [Link] {
    let conversation = LinkConversation(try NetlinkSocket(telling: listener), about: "")
    return try conversation.ask(.list()).compactMap(Link.init)
  }

  /// The device of a name; nil where there is none.
  ///
  /// - Throws: `Failure` naming the device.
  public static func find(_ name: String, telling listener: KernelCallListener = .nobody) throws -> Link? {
    let conversation = LinkConversation(try NetlinkSocket(telling: listener), about: "network device \(name)")
    return try conversation.ask(.find(name)).lazy.compactMap(Link.init).first
  }

  /// Whether the kernel takes a text as a device's name. A colon is none of its own rules, but those of ifconfig.
  public static func isName(_ text: some StringProtocol) -> Bool {
    (1...15).contains(text.utf8.count) && text != "." && text != ".."
      && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"/:%".utf8.contains($0) }
  }

  /// Removes a device of one kind. One that is not there is no error.
  static func remove(_ name: String, kind: String, _ conversation: LinkConversation) throws {
    guard let link = try conversation.ask(.find(name)).lazy.compactMap(Link.init).first else { return }
    if link.kind != kind { throw refusal(link, kind: kind) }
    // By its number: a name may be another one's by now.
    try conversation.ask(.remove(index: link.index))
  }

  /// A device of that name is there, and is something else.
  static func refusal(_ link: Link, kind: String) -> Failure {
    Failure(
      "\(kind) \(link.name)",
      reason: "there is a network device of that name, and it is no \(kind)"
        + (link.kind.isEmpty ? "" : " but of the kind \(link.kind)"))
  }
}
