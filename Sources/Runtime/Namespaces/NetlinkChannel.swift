import Glibc

/// Something that takes netlink datagrams and answers: a socket, or a test's canned replies.
package protocol NetlinkChannel {
  func send(_ datagram: [UInt8]) throws(Failure)
  func receive() throws(Failure) -> [UInt8]
}

/// A refusal of the kernel, with its words where it has any.
package struct NetlinkError: Error, Equatable {
  package var errno: CInt
  package var message: String?

  package init(errno: CInt, message: String? = nil) {
    self.errno = errno
    self.message = message
  }
}

/// What came back for one of several requests.
package struct NetlinkAnswer: Equatable {
  package var messages: [NetlinkMessage] = []
  /// Where the kernel refuses.
  package var error: NetlinkError?
}

extension NetlinkChannel {
  /// Sends a request and collects its answers, up to the acknowledgement or the end of the list.
  ///
  /// - Throws: `NetlinkError` where the kernel refuses, `Failure` where the socket does.
  package func exchange(_ request: NetlinkMessage) throws -> [NetlinkMessage] {
    try send(request.bytes)
    var answers: [NetlinkMessage] = []
    while true {
      guard let messages = NetlinkMessage.parse(try receive()) else {
        throw Failure("read from netlink", reason: "a message is longer than what came")
      }
      // What an earlier, interrupted request is still owed is none of ours.
      for message in messages where message.sequence == request.sequence {
        switch message.type {
        case Netlink.error:
          let code = NetlinkReader(message.payload[...]).number(at: 0, as: Int32.self)
          if code == 0 { return answers }
          throw NetlinkError(errno: -code, message: Self.words(of: message))
        case Netlink.done: return answers
        default: answers.append(message)
        }
      }
    }
  }

  /// Sends several requests as one datagram, and collects the answers to each. The kernel carries out all of them
  /// in their order, also those behind one that it refuses. The last must be one that is acknowledged, or asks for
  /// a list; a list must stand alone or last.
  package func exchange(all requests: [NetlinkMessage]) throws(Failure) -> [NetlinkAnswer] {
    var datagram: [UInt8] = []
    for request in requests {
      datagram += request.bytes
      // The next one begins where a number may stand.
      datagram += [UInt8](repeating: 0, count: NetlinkMessage.aligned(datagram.count) - datagram.count)
    }
    try send(datagram)
    var answers = [NetlinkAnswer](repeating: NetlinkAnswer(), count: requests.count)
    while true {
      guard let messages = NetlinkMessage.parse(try receive()) else {
        throw Failure("read from rtnetlink", reason: "a message is longer than what came")
      }
      for message in messages {
        // What an earlier, interrupted request is still owed is none of ours.
        guard let index = requests.firstIndex(where: { $0.sequence == message.sequence }) else { continue }
        let isLast = index == requests.count - 1
        switch message.type {
        case Netlink.error, Netlink.done:
          // A list that cannot go on ends with the reason.
          let code = NetlinkReader(message.payload[...]).number(at: 0, as: Int32.self)
          if code < 0 {
            let words = message.type == Netlink.error ? Self.words(of: message) : nil
            answers[index].error = NetlinkError(errno: -code, message: words)
          }
          if isLast { return answers }
        default: answers[index].messages.append(message)
        }
      }
    }
  }

  /// The kernel's own words on an error. Source: linux/netlink.h, NLMSGERR_ATTR_MSG.
  private static func words(of message: NetlinkMessage) -> String? {
    let (capped, hasAttributes): (UInt16, UInt16) = (0x100, 0x200)
    guard message.flags & hasAttributes != 0 else { return nil }
    // Behind the error number comes the request, whole or only its header.
    let request = Int(NetlinkReader(message.payload[...]).number(at: 4, as: UInt32.self))
    let fixed = 4 + (message.flags & capped != 0 ? NetlinkMessage.headerSize : request)
    guard fixed <= message.payload.count else { return nil }
    return message.attributes(behind: fixed).first { $0.type == 1 }?.text
  }
}
