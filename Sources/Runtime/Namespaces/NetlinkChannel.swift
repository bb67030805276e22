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
        throw Failure("read from rtnetlink", reason: "a message is longer than what came")
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
