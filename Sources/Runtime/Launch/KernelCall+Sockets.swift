/// Calls that hand descriptors over. Source: connect(2), sendmsg(2), unix(7), pidfd_getfd(2).
extension KernelCall {
  /// - Parameter path: of a Unix socket.
  static func connect(_ socket: CallDescriptor, _ path: String) -> KernelCall {
    KernelCall("connect", [socket.text, "{sa_family=AF_UNIX, sun_path=\(quote(path))}", "110"])
  }

  /// One descriptor beside a text.
  static func sendmsg(_ socket: CallDescriptor, _ text: [UInt8], passing file: CallDescriptor) -> KernelCall {
    let content = quote(startOf: String(decoding: text, as: UTF8.self))
    let control =
      "{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[\(file.text)]}"
    let message = [
      "msg_name=NULL", "msg_namelen=0", "msg_iov=[{iov_base=\(content), iov_len=\(text.count)}]",
      "msg_iovlen=1", "msg_control=[\(control)]", "msg_controllen=24", "msg_flags=0",
    ]
    return KernelCall(
      "sendmsg", [socket.text, "{" + message.joined(separator: ", ") + "}", "MSG_NOSIGNAL"])
  }

  /// - Parameter number: the descriptor's number in the other process.
  static func pidfd_getfd(_ process: CallDescriptor, _ number: Int64) -> KernelCall {
    KernelCall("pidfd_getfd", [process.text, String(number), "0"])
  }
}
