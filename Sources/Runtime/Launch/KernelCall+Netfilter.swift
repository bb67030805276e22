/// Calls that talk to nfnetlink. Source: netlink(7), linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h.
extension KernelCall {
  static func netfilterSocket() -> KernelCall {
    KernelCall("socket", ["AF_NETLINK", "SOCK_RAW|SOCK_CLOEXEC", "NETLINK_NETFILTER"])
  }

  /// - Parameter datagram: requests, or a batch of them. What each is about is told, not every field.
  static func sendto(_ socket: CallDescriptor, netfilter datagram: [UInt8]) -> KernelCall {
    let messages = NetlinkMessage.parse(datagram) ?? []
    let value = messages.isEmpty ? "..." : "[" + messages.map(words).joined(separator: ", ") + "]"
    return KernelCall("sendto", [socket.text, value, String(datagram.count), "0", "NULL", "0"])
  }

  private static let tableMessages = [
    "NEWTABLE", "GETTABLE", "DELTABLE", "NEWCHAIN", "GETCHAIN", "DELCHAIN", "NEWRULE", "GETRULE", "DELRULE",
    "NEWSET", "GETSET", "DELSET", "NEWSETELEM", "GETSETELEM", "DELSETELEM", "NEWGEN", "GETGEN",
  ]

  private static func words(_ message: NetlinkMessage) -> String {
    "{nlmsg_type=\(type(message.type)), nlmsg_seq=\(message.sequence)\(names(message))}"
  }

  private static func type(_ number: UInt16) -> String {
    let (subsystem, kind) = (number >> 8, Int(number & 0xff))
    switch (subsystem, kind) {
    case (0, 0x10): return "NFNL_MSG_BATCH_BEGIN"
    case (0, 0x11): return "NFNL_MSG_BATCH_END"
    case (1, 1): return "NFNL_SUBSYS_CTNETLINK<<8|IPCTNL_MSG_CT_GET"
    case (1, 2): return "NFNL_SUBSYS_CTNETLINK<<8|IPCTNL_MSG_CT_DELETE"
    case (10, 0..<tableMessages.count): return "NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_" + tableMessages[kind]
    default: return hex(UInt64(number))
    }
  }

  /// The table, and the set or chain in it. In each of the messages for sets, chains and rules they are the first two
  /// attributes.
  private static func names(_ message: NetlinkMessage) -> String {
    guard message.type >> 8 == 10 else { return "" }
    let attributes = message.attributes(behind: 4)
    let kind = Int(message.type & 0xff)
    guard kind < 15, let table = attributes.first(where: { $0.type == 1 }) else { return "" }
    // A new chain's name stands behind its handle.
    let named: UInt16 = (3...5).contains(kind) ? 3 : 2
    let inside = kind < 3 ? nil : attributes.first { $0.type == named }
    return ", " + quote(table.text) + (inside.map { ", " + quote($0.text) } ?? "")
  }
}
