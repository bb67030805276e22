import Glibc
import Runtime

/// What is asked of rtnetlink for one purpose; errors name its subject.
final class LinkConversation {
  private let channel: any NetlinkChannel
  private let subject: String
  private var sequence: UInt32 = 0

  /// - Parameter subject: `bridge swbr0`.
  init(_ channel: any NetlinkChannel, about subject: String) {
    self.channel = channel
    self.subject = subject
  }

  /// Asks several things at once: a datagram for all of them costs little more than one for the first.
  ///
  /// - Returns: what came back for each; nothing where a tolerated refusal did.
  /// - Throws: `Failure` for the first that the kernel refuses.
  @discardableResult
  func ask(_ requests: [LinkRequest]) throws -> [[NetlinkMessage]] {
    if requests.isEmpty { return [] }
    let messages = requests.enumerated().map { index, request in
      sequence += 1
      // Refusals come in any case. The last one's acknowledgement tells that there are none left to wait for.
      let isLast = index == requests.count - 1
      let ends = isLast && request.flags & Netlink.dump != Netlink.dump ? Netlink.acknowledge : 0
      return NetlinkMessage(
        type: request.type, flags: request.flags | ends, sequence: sequence, payload: request.payload)
    }
    let answers = try channel.exchange(all: messages)
    for (request, answer) in zip(requests, answers) {
      guard let error = answer.error, !request.tolerated.contains(error.errno) else { continue }
      throw failure(request.purpose(), error)
    }
    return answers.map(\.messages)
  }

  @discardableResult
  func ask(_ request: LinkRequest) throws -> [NetlinkMessage] { try ask([request])[0] }

  private func failure(_ purpose: String, _ error: NetlinkError) -> Failure {
    let words = error.message.map { $0.prefix(1).lowercased() + $0.dropFirst() }
    return Failure(
      subject.isEmpty ? purpose : "\(subject): \(purpose)", reason: words, errno: error.errno)
  }
}
