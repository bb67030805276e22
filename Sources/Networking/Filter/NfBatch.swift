import Glibc
import Runtime

/// Changes that are made together or not at all.
struct NfBatch {
  private(set) var messages: [NetlinkMessage] = []

  /// What must still be the number of the set of rules when the batch comes; nil where it does not matter.
  var generation: UInt32?

  var isEmpty: Bool { messages.isEmpty }

  /// - Parameter message: its sequence number is given by the batch.
  mutating func append(_ message: NetlinkMessage) { messages.append(message) }

  /// - Parameter sequence: the number of the message that opens the batch; the others follow.
  func datagram(sequence: UInt32) -> [UInt8] {
    var bytes = bound(0x10, sequence, generation.map { [NfTables.number(1, $0)] } ?? [])  // NFNL_BATCH_GENID
    for (index, message) in messages.enumerated() {
      var message = message
      message.sequence = sequence + 1 + UInt32(index)
      // The last one's answer says that all answers have come.
      if index == messages.count - 1 { message.flags |= Netlink.acknowledge }
      bytes += message.bytes
    }
    return bytes + bound(0x11, sequence + 1 + UInt32(messages.count), [])
  }

  /// NFNL_MSG_BATCH_BEGIN or NFNL_MSG_BATCH_END.
  private func bound(_ type: UInt16, _ sequence: UInt32, _ attributes: [NetlinkAttribute]) -> [UInt8] {
    NetlinkMessage(
      type: type, flags: Netlink.request, sequence: sequence,
      payload: NfTables.fixed(family: 0, resource: NfTables.subsystem) + attributes.flatMap(\.bytes)
    ).bytes
  }
}

extension NetlinkChannel {
  /// Hands a batch over.
  ///
  /// - Returns: what the kernel refuses, by the message's place in the batch; where that is anything, nothing was
  ///   changed.
  /// - Throws: `NetlinkError` where it refuses the batch as a whole: ERESTART where the rules are of another
  ///   generation, EPERM.
  func commit(_ batch: NfBatch, sequence: UInt32) throws -> [Int: NetlinkError] {
    if batch.isEmpty { return [:] }
    try send(batch.datagram(sequence: sequence))
    var refused: [Int: NetlinkError] = [:]
    let last = sequence + UInt32(batch.messages.count)
    while true {
      guard let answers = NetlinkMessage.parse(try receive()) else {
        throw Failure("read from nfnetlink", reason: "a message is longer than what came")
      }
      for answer in answers
      where answer.type == Netlink.error && (sequence...last).contains(answer.sequence) {
        let code = -NetlinkReader(answer.payload[...]).number(at: 0, as: Int32.self)
        let error = NetlinkError(errno: code, message: nil)
        if answer.sequence == sequence {
          if code != 0 { throw error }
          continue
        }
        if code != 0 { refused[Int(answer.sequence - sequence) - 1] = error }
        if answer.sequence == last { return refused }
      }
    }
  }
}
