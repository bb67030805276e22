import CShim
import Glibc

/// What the init tells: the other half of `plan_report`.
struct Report {
  var kind: plan_report_kind
  /// The number of the step in the plan.
  var step: Int
  /// The system call's number, -1 where it is about none.
  var call: Int
  var result: Int64
  /// CLOCK_MONOTONIC in nanoseconds.
  var time: UInt64
  var arguments: [UInt64]
  /// The first words of a structure that an argument points to.
  var extra: [UInt64]
  /// The call's texts, in the order of its arguments; behind them the kernel's own message, if any.
  var texts: [String]
  /// A descriptor that came along, -1 for none.
  var descriptor: CInt
}

/// The runtime's end of the socket that leads to the init, or of the pipe that `start` reads.
struct ReportSocket: ~Copyable {
  let end: OwnedFD

  /// The next report; nil where the other end is closed.
  func next() throws(Failure) -> Report? {
    var raw = plan_report()
    var descriptor: CInt = -1
    let size = MemoryLayout<plan_report>.size
    var got = withUnsafeMutableBytes(of: &raw) { shim_receive(end.raw, $0.baseAddress!, size, &descriptor) }
    if got == -Int(ENOTSOCK) {
      got = withUnsafeMutableBytes(of: &raw) { read(end.raw, $0.baseAddress!, size) }
    }
    if got == 0 { return nil }
    if got < 0 { throw Self.failure("hear from the init", CInt(-got)) }
    while got < size {
      let start = got
      let more = withUnsafeMutableBytes(of: &raw) { read(end.raw, $0.baseAddress! + start, size - start) }
      if more <= 0 { return nil }
      got += more
    }
    var texts: [UInt8] = []
    while texts.count < Int(raw.text_length) {
      let left = Int(raw.text_length) - texts.count
      let chunk = [UInt8](unsafeUninitializedCapacity: left) {
        $1 = max(0, read(end.raw, $0.baseAddress, left))
      }
      if chunk.isEmpty { return nil }
      texts += chunk
    }
    let argument = raw.argument
    let extra = raw.extra
    return Report(
      kind: plan_report_kind(raw.kind), step: Int(raw.step), call: Int(raw.call), result: raw.result,
      time: raw.time,
      arguments: [argument.0, argument.1, argument.2, argument.3, argument.4, argument.5],
      extra: [extra.0, extra.1, extra.2, extra.3, extra.4, extra.5, extra.6, extra.7],
      texts: texts.isEmpty
        ? []
        : texts.dropLast().split(separator: 0, omittingEmptySubsequences: false).map {
          String(decoding: $0, as: UTF8.self)
        },
      descriptor: descriptor)
  }

  private static func failure(_ operation: String, _ code: CInt) -> Failure {
    var failure = Failure(operation, errno: code)
    if code == EPIPE || code == ECONNRESET { failure.kind = .initIsGone }
    return failure
  }

  /// Lets the init go on.
  func go() throws(Failure) { try send([1]) }

  func send(_ bytes: [UInt8]) throws(Failure) {
    var at = 0
    while at < bytes.count {
      let start = at
      let sent = bytes.withUnsafeBytes {
        shim_send_descriptors(end.raw, $0.baseAddress! + start, bytes.count - start, nil, 0)
      }
      if sent < 0 { throw Self.failure("talk to the init", CInt(-sent)) }
      at += sent
    }
  }
}
