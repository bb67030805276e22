import Runtime

@testable import Networking

/// Answers as the kernel would, from a list with the answers to each datagram; keeps what it was asked.
final class CannedKernel: NetlinkChannel {
  /// The requests of each datagram.
  private(set) var asked: [[NetlinkMessage]] = []
  private(set) var datagrams: [[UInt8]] = []
  /// For each datagram, the answers to each of its requests.
  private var answers: [[[NetlinkMessage]]]
  private var pending: [[UInt8]] = []

  init(_ answers: [[[NetlinkMessage]]]) { self.answers = answers }

  func send(_ datagram: [UInt8]) throws(Failure) {
    let requests = NetlinkMessage.parse(datagram) ?? []
    asked.append(requests)
    datagrams.append(datagram)
    if answers.isEmpty { throw Failure("the test has no answer to", requests.map { "\($0.type)" }.joined()) }
    for (request, messages) in zip(requests, answers.removeFirst()) {
      // Each message is a datagram of its own, as an acknowledgement is.
      for message in messages {
        var message = message
        message.sequence = request.sequence
        pending.append(message.bytes)
      }
    }
  }

  func receive() throws(Failure) -> [UInt8] {
    if pending.isEmpty { throw Failure("wait for ever", reason: "the kernel has no more to say") }
    return pending.removeFirst()
  }

  var isDone: Bool { answers.isEmpty && pending.isEmpty }
}

/// What the kernel says, put together by hand.
enum Canned {
  static func ack(_ code: Int32 = 0) -> NetlinkMessage {
    var payload = NetlinkBytes()
    payload.append(-code)
    // NLM_F_CAPPED: the request's header alone.
    return NetlinkMessage(
      type: Netlink.error, flags: 0x100, sequence: 0,
      payload: payload.bytes + [UInt8](repeating: 0, count: NetlinkMessage.headerSize))
  }

  static let done = NetlinkMessage(type: Netlink.done, flags: 2, sequence: 0, payload: [0, 0, 0, 0])

  /// - Parameters:
  ///   - ipv4: numbers in their places, as IFLA_INET_CONF has them.
  ///   - ipv6: the same of IFLA_INET6_CONF; nil where the device has no IPv6.
  static func link(
    _ index: Int32, _ name: String, kind: String = "", isUp: Bool = true, ipv4: [Int: UInt32] = [:],
    ipv6: [Int: UInt32]? = nil, master: UInt32? = nil
  ) -> NetlinkMessage {
    func list(_ numbers: [Int: UInt32]) -> [UInt8] {
      var bytes = NetlinkBytes()
      for place in 0..<33 { bytes.append(numbers[place] ?? 0) }
      return bytes.bytes
    }
    // The kernel marks these as nested or not, as it comes.
    var families = [
      NetlinkAttribute(
        type: 2, value: NetlinkAttribute(type: Netlink.LinkFamily.settings4, value: list(ipv4)).bytes)
    ]
    if let ipv6 {
      families.append(
        NetlinkAttribute(10, [NetlinkAttribute(type: Netlink.LinkFamily.settings6, value: list(ipv6))]))
    }
    var attributes = [
      NetlinkAttribute(Netlink.Link.name, name), NetlinkAttribute(Netlink.Link.mtu, UInt32(1500)),
      NetlinkAttribute(type: Netlink.Link.hardwareAddress, value: [2, 0x42, 0, 0, 0, UInt8(index)]),
    ]
    if let master { attributes.append(NetlinkAttribute(Netlink.Link.master, master)) }
    if !kind.isEmpty {
      attributes.append(
        NetlinkAttribute(Netlink.Link.info, [NetlinkAttribute(Netlink.LinkInfo.kind, kind)]))
    }
    attributes.append(NetlinkAttribute(Netlink.Link.families, families))
    return NetlinkMessage(
      type: Netlink.newLink, flags: 0, sequence: 0,
      payload: NetlinkLink.fixed(index: index, flags: isUp ? Netlink.Link.up : 0)
        + attributes.flatMap(\.bytes))
  }

  static func address(_ text: String, on index: Int32) -> NetlinkMessage {
    let address = InterfaceAddress(text)!
    var bytes = NetlinkBytes()
    for byte in [address.address.isV6 ? 10 : 2, UInt8(address.prefix), 0x80, 0] { bytes.append(byte) }
    bytes.append(index)
    return NetlinkMessage(
      type: Netlink.newAddress, flags: 2, sequence: 0,
      payload: bytes.bytes + NetlinkAttribute(type: 1, value: address.address.bytes).bytes)
  }

  static func route(
    _ text: String, table: UInt32 = 254, device: UInt32? = 2, routeProtocol: UInt8 = 4
  ) -> NetlinkMessage {
    let subnet = Subnet(text)!
    let fixed = [subnet.isV6 ? 10 : 2, UInt8(subnet.prefix), 0, 0, UInt8(min(table, 252))]
    var attributes = [NetlinkAttribute(Netlink.Route.table, table)]
    if subnet.prefix > 0 { attributes.append(NetlinkAttribute(type: 1, value: subnet.base.bytes)) }
    if let device { attributes.append(NetlinkAttribute(Netlink.Route.device, device)) }
    return NetlinkMessage(
      type: Netlink.newRoute, flags: 2, sequence: 0,
      payload: fixed + [routeProtocol, 0, 1, 0, 0, 0, 0] + attributes.flatMap(\.bytes))
  }
}

/// The bytes of a text of hexadecimal digits; blanks and line ends are left out.
func hex(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
