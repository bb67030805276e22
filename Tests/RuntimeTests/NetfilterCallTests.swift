import Testing

@testable import Runtime

@Suite struct NetfilterCalls {
  @Test func batch() {
    let names = NetlinkAttribute(1, "swiftainer").bytes + NetlinkAttribute(2, "bridges").bytes
    let messages = [
      NetlinkMessage(type: 0x10, flags: 1, sequence: 1, payload: [0, 0, 0, 10]),
      NetlinkMessage(type: 0x0a0c, flags: 1, sequence: 2, payload: [1, 0, 0, 0] + names),
      NetlinkMessage(type: 0x11, flags: 1, sequence: 3, payload: [0, 0, 0, 10]),
    ]
    let datagram = messages.flatMap(\.bytes)
    #expect(
      KernelCall.sendto(.number(3), netfilter: datagram).text == "sendto(3, ["
        + "{nlmsg_type=NFNL_MSG_BATCH_BEGIN, nlmsg_seq=1}, "
        + "{nlmsg_type=NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_NEWSETELEM, nlmsg_seq=2, \"swiftainer\", \"bridges\"}, "
        + "{nlmsg_type=NFNL_MSG_BATCH_END, nlmsg_seq=3}], \(datagram.count), 0, NULL, 0)")
  }

  @Test func chainAndUnknown() {
    let chain = NetlinkAttribute(1, "t").bytes + NetlinkAttribute(2, 7).bytes + NetlinkAttribute(3, "c").bytes
    let text = KernelCall.sendto(
      .number(3),
      netfilter: NetlinkMessage(type: 0x0a03, flags: 1, sequence: 1, payload: [2, 0, 0, 0] + chain).bytes
    ).text
    #expect(text.contains("NFT_MSG_NEWCHAIN, nlmsg_seq=1, \"t\", \"c\"}"))
    #expect(KernelCall.sendto(.number(3), netfilter: [1, 2]).text == "sendto(3, ..., 2, 0, NULL, 0)")
    #expect(
      KernelCall.netfilterSocket().text == "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_NETFILTER)")
  }
}
