import Runtime

@testable import Networking

/// Answers datagrams from a list, as the kernel would; keeps what it was asked.
final class FakeNetfilter: NetlinkChannel {
  typealias Answer = ([NetlinkMessage]) -> [NetlinkMessage]
  private(set) var asked: [[NetlinkMessage]] = []
  private var answers: [Answer]
  private var pending: [[UInt8]] = []

  init(_ answers: [Answer]) { self.answers = answers }

  func send(_ datagram: [UInt8]) throws(Failure) {
    let messages = NetlinkMessage.parse(datagram)!
    asked.append(messages)
    if answers.isEmpty { throw Failure("send more than was expected") }
    pending += answers.removeFirst()(messages).map { answer in
      answer.bytes
        + [UInt8](repeating: 0, count: NetlinkMessage.aligned(answer.payload.count) - answer.payload.count)
    }
  }

  func receive() throws(Failure) -> [UInt8] {
    if pending.isEmpty { throw Failure("wait for an answer that does not come") }
    return pending.removeFirst()
  }

  /// The kinds of message that came in a datagram, without what bounds a batch.
  func kinds(_ index: Int) -> [NfTables.Kind] {
    asked[index].compactMap { $0.type >> 8 == 10 ? NfTables.Kind(rawValue: $0.type & 0xff) : nil }
  }

  static func ack(_ sequence: UInt32, _ code: Int32 = 0) -> NetlinkMessage {
    let number = NetlinkAttribute(0, UInt32(bitPattern: -code)).value
    return NetlinkMessage(
      type: Netlink.error, flags: 0x100, sequence: sequence,
      payload: number + [UInt8](repeating: 0, count: 16))
  }

  /// Takes a batch, or refuses messages of it by their place.
  static func batch(refusing: [Int: Int32] = [:]) -> Answer {
    { messages in
      let inside = messages.dropFirst().dropLast()
      return inside.enumerated().compactMap { index, message in
        if let code = refusing[index] { return ack(message.sequence, code) }
        return message.flags & Netlink.acknowledge != 0 ? ack(message.sequence) : nil
      }
    }
  }

  /// Refuses a batch as a whole.
  static func refusal(_ code: Int32) -> Answer { { [ack($0[0].sequence, code)] } }

  static func generation(_ number: UInt32) -> Answer {
    { messages in
      let sequence = messages[0].sequence
      return [
        NfTables.message(.newGeneration, 0, family: 0, sequence: sequence, [NfTables.number(1, number)]),
        ack(sequence),
      ]
    }
  }

  /// Answers questions for elements, each with the one of the same place, or ENOENT.
  static func found(_ elements: [FilterElement?]) -> Answer {
    { messages in
      zip(messages, elements).flatMap { message, element -> [NetlinkMessage] in
        guard let element else { return [ack(message.sequence, 2)] }
        return [element.message(.newElement, sequence: message.sequence), ack(message.sequence)]
      }
    }
  }

  static func list(_ elements: [FilterElement], flags: UInt16 = 2) -> Answer {
    { messages in
      let sequence = messages[0].sequence
      return elements.map {
        var message = $0.message(.newElement, sequence: sequence)
        message.flags = flags
        return message
      } + [
        NetlinkMessage(type: Netlink.done, flags: flags, sequence: sequence, payload: [0, 0, 0, 0])
      ]
    }
  }
}
