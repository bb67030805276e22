import Glibc
import Testing

@testable import Runtime

/// Answers as the kernel would, from a list; keeps what it was asked.
private final class CannedChannel: NetlinkChannel {
  private(set) var asked: [NetlinkMessage] = []
  private var answers: [[NetlinkMessage]]
  private var pending: [UInt8] = []

  init(_ answers: [[NetlinkMessage]]) { self.answers = answers }

  func send(_ datagram: [UInt8]) throws(Failure) {
    let request = NetlinkMessage.parse(datagram)![0]
    asked.append(request)
    pending = answers.removeFirst().flatMap { answer in
      var answer = answer
      answer.sequence = request.sequence
      return answer.bytes
        + [UInt8](repeating: 0, count: NetlinkMessage.aligned(answer.payload.count) - answer.payload.count)
    }
  }

  func receive() throws(Failure) -> [UInt8] { pending }
}

private func ack(_ code: Int32 = 0, words: String? = nil) -> NetlinkMessage {
  var payload = NetlinkBytes()
  payload.append(-code)
  var bytes = payload.bytes + [UInt8](repeating: 0, count: 16)
  if let words { bytes += NetlinkAttribute(1, words).bytes }
  // NLM_F_CAPPED, and NLM_F_ACK_TLVS where the kernel has something to say.
  return NetlinkMessage(
    type: Netlink.error, flags: 0x100 | (words == nil ? 0 : 0x200), sequence: 0, payload: bytes)
}

private let done = NetlinkMessage(type: Netlink.done, flags: 2, sequence: 0, payload: [0, 0, 0, 0])

private func link(_ index: Int32, _ name: String, flags: UInt32 = 1) -> NetlinkMessage {
  NetlinkMessage(
    type: Netlink.newLink, flags: 2, sequence: 0,
    payload: NetlinkLink.fixed(index: index, flags: flags) + NetlinkAttribute(Netlink.Link.name, name).bytes)
}

private func address(
  _ bytes: [UInt8], index: Int32, flags: UInt32 = 0x80, scope: UInt8 = 0, label: String? = nil
) -> NetlinkMessage {
  var payload = NetlinkBytes()
  for byte in [UInt8(bytes.count == 4 ? 2 : 10), bytes.count == 4 ? 24 : 64, UInt8(flags & 0xff), scope] {
    payload.append(byte)
  }
  payload.append(index)
  var all = payload.bytes + NetlinkAttribute(type: Netlink.Address.address, value: bytes).bytes
  if let label { all += NetlinkAttribute(Netlink.Address.label, label).bytes }
  all += NetlinkAttribute(Netlink.Address.flags, flags).bytes
  return NetlinkMessage(type: Netlink.newAddress, flags: 2, sequence: 0, payload: all)
}

@Suite struct NetworkInterfaces {
  private func move(_ newName: String, host: CannedChannel, container: CannedChannel) throws {
    try InterfaceMover(name: "eth1", newName: newName, namespace: 9, host: host, container: container).move()
  }

  private let lo = link(1, "lo", flags: 9)

  @Test func addressesOfTheWorldComeAlong() throws {
    let host = CannedChannel([
      [link(7, "eth1"), ack()],
      [
        address([10, 0, 0, 2], index: 7, label: "eth1:old"),
        address([10, 0, 0, 3], index: 7, flags: 0),  // from DHCP: not permanent
        address([169, 254, 0, 1], index: 7, scope: 253),  // of the link
        address([10, 9, 9, 9], index: 6),  // another device's
        address([0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1], index: 7, flags: 0x280), done,
      ], [ack()],
    ])
    let container = CannedChannel([
      [lo, done], [lo, link(4, "eth0", flags: 0), done], [ack()], [ack()], [ack()],
    ])
    try move("eth0", host: host, container: container)

    let handed = host.asked[2]
    #expect(handed.type == Netlink.setLink)
    #expect(
      handed.payload == NetlinkLink.fixed(index: 7) + NetlinkAttribute(Netlink.Link.namespace, 9).bytes
        + NetlinkAttribute(Netlink.Link.name, "eth0").bytes)

    #expect(
      container.asked.map(\.type) == [
        Netlink.getLink, Netlink.getLink, Netlink.newAddress, Netlink.newAddress, Netlink.newLink,
      ])
    let first = try #require(NetlinkAddress(container.asked[2]))
    // Its number is another one there, and the label follows the name.
    #expect(first.index == 4 && first.prefixLength == 24)
    #expect(first.attributes.contains(NetlinkAttribute(type: Netlink.Address.address, value: [10, 0, 0, 2])))
    #expect(first.attributes.contains(NetlinkAttribute(Netlink.Address.label, "eth0:old")))
    // A flag that a person set is kept, those of the kernel are its own to set.
    let second = try #require(NetlinkAddress(container.asked[3]))
    #expect(second.flags == 0x200 && second.prefixLength == 64)
    #expect(container.asked[4].payload == NetlinkLink.fixed(index: 4, flags: 1, change: 1))
  }

  @Test func aTemplateTakesWhateverNameTheKernelFinds() throws {
    let host = CannedChannel([[link(7, "eth1"), ack()], [done], [ack()]])
    let container = CannedChannel([
      [lo, link(2, "eth0"), done], [lo, link(2, "eth0"), link(7, "eth1"), done], [ack()],
    ])
    try move("eth%d", host: host, container: container)
    #expect(container.asked.last?.payload == NetlinkLink.fixed(index: 7, flags: 1, change: 1))
  }

  @Test func aTakenNameIsRefusedBeforeAnythingMoves() {
    let host = CannedChannel([[link(7, "eth1"), ack()], [done]])
    let container = CannedChannel([[lo, link(2, "eth0"), done]])
    #expect(
      throws: Failure(
        "linux.netDevices.eth1: name it eth0",
        reason: "the container's network namespace has a device of that name",
        errno: EEXIST)
    ) { try move("eth0", host: host, container: container) }
    #expect(!host.asked.contains { $0.type == Netlink.setLink })
  }

  @Test func theKernelsWordsAreHandedOn() {
    let host = CannedChannel([
      [link(7, "eth1"), ack()], [done], [ack(EINVAL, words: "The interface is local")],
    ])
    let container = CannedChannel([[lo, done]])
    #expect(
      throws: Failure(
        "linux.netDevices.eth1: move it to the container", reason: "the interface is local", errno: EINVAL)
    ) { try move("eth0", host: host, container: container) }
  }

  @Test func whatIsNotThereAndLoopbackAreRefused() {
    #expect(throws: Failure("linux.netDevices.eth1: find it", errno: ENODEV)) {
      try move("eth0", host: CannedChannel([[ack(ENODEV)]]), container: CannedChannel([]))
    }
    #expect(
      throws: Failure("linux.netDevices.eth1", reason: "a loopback device cannot leave its network namespace")
    ) {
      try move(
        "eth0", host: CannedChannel([[link(1, "eth1", flags: 9), ack()]]), container: CannedChannel([]))
    }
  }

  /// Lengths come from outside: none may lead out of what came.
  @Test(arguments: [0, 3, 15, 17, 4096])
  func wrongLengthsAreRefused(length: Int) {
    var datagram = link(1, "lo").bytes
    datagram.replaceSubrange(0..<4, with: withUnsafeBytes(of: UInt32(length)) { Array($0) })
    let parsed = NetlinkMessage.parse(datagram)
    #expect(length == 17 ? parsed?.isEmpty != true : parsed == nil)
  }

  @Test func attributesThatLeadOutAreLeftOut() {
    var message = link(1, "lo")
    message.payload[16] = 200
    #expect(message.attributes(behind: 16) == [])
    #expect(NetlinkLink(message) == nil)
  }

  @Test func requestsAreTold() {
    let request = NetlinkMessage(
      type: Netlink.setLink, flags: 5, sequence: 4,
      payload: NetlinkLink.fixed(index: 7) + NetlinkAttribute(Netlink.Link.namespace, 9).bytes)
    #expect(
      KernelCall.sendto("fd", netlink: request.bytes).text
        == "sendto(fd, [{nlmsg_len=40, nlmsg_type=RTM_SETLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=4, "
        + "nlmsg_pid=0}, {ifi_index=7, ifi_flags=0, ...}, [[IFLA_NET_NS_FD, 9]]], 40, 0, NULL, 0)")
  }

  @Test func severalRequestsAreToldAsOneCall() {
    let peer = NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.name, "eth0").bytes
    let info = [
      NetlinkAttribute(Netlink.LinkInfo.kind, "veth"),
      NetlinkAttribute(
        Netlink.LinkInfo.data, [NetlinkAttribute(type: Netlink.LinkInfo.peer, value: peer)]),
    ]
    let pair = NetlinkMessage(
      type: Netlink.newLink, flags: 0x601, sequence: 1,
      payload: NetlinkLink.fixed() + NetlinkAttribute(Netlink.Link.info, info).bytes)
    let route = NetlinkMessage(
      type: Netlink.newRoute, flags: 5, sequence: 2,
      payload: [2] + [UInt8](repeating: 0, count: 11)
        + NetlinkAttribute(type: Netlink.Route.gateway, value: [10, 0, 0, 1]).bytes)
    #expect(
      KernelCall.sendto("fd", netlink: pair.bytes + route.bytes).text
        == "sendto(fd, [[{nlmsg_len=84, nlmsg_type=RTM_NEWLINK, nlmsg_flags=NLM_F_REQUEST|NLM_F_EXCL|NLM_F_CREATE, "
        + "nlmsg_seq=1, nlmsg_pid=0}, {ifi_index=0, ifi_flags=0, ...}, [[IFLA_LINKINFO, "
        + "[[IFLA_INFO_KIND, \"veth\"], [IFLA_INFO_DATA, [[VETH_INFO_PEER, {ifi_index=0, ifi_flags=0, ...}, "
        + "[[IFLA_IFNAME, \"eth0\"]]]]]]]]], [{nlmsg_len=36, nlmsg_type=RTM_NEWROUTE, "
        + "nlmsg_flags=NLM_F_REQUEST|NLM_F_ACK, nlmsg_seq=2, nlmsg_pid=0}, "
        + "{rtm_family=AF_INET, rtm_dst_len=0, ...}, [[RTA_GATEWAY, 10.0.0.1]]]], 120, 0, NULL, 0)")
  }
}
