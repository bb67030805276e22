import Glibc

/// What a monitor and its clients say to each other: one message a packet, a letter and what belongs to it.
///
/// Numbers are in the machine's own order: both ends are on one machine.
public enum MonitorMessage: Equatable, Sendable {
  // What clients say.

  /// From now on send output, and take input.
  case attach(AttachOptions)
  case input([UInt8])
  case endOfInput
  /// Rows and columns of the client's terminal.
  case resize(rows: UInt16, columns: UInt16)
  /// Launch the payload; where it is to be explained, in this form.
  case go(ExplainRequest?)
  case signal(CInt)
  /// End the payload: its stop signal, or another, and after so many seconds KILL; -1 waits for ever. By default
  /// what the container was made with.
  ///
  /// - byHand: somebody wants it stopped, so that no policy starts it again.
  case stop(signal: CInt?, timeout: Int32?, byHand: Bool)
  case restart(signal: CInt?, timeout: Int32?)
  case pause
  case unpause
  /// Pause, for no longer than this connection lives.
  case hold
  /// The same no longer.
  case release
  /// Tell the next end; where the container is to be removed, once it is.
  case wait
  /// The container's options have changed: read them again.
  case reload

  // What the monitor says.

  case launched(pid: Int32)
  /// The launch failed: a shell's exit code, and why.
  case failed(code: Int32, text: String)
  case output([UInt8])
  case errorOutput([UInt8])
  /// The explanation's text.
  case explanation(String)
  case done
  case refused(String)
  /// The payload has ended with this code, as a shell gives it; whether it is going to be started again.
  case ended(code: Int32, restarts: Bool)

  /// The longest message, in bytes: a packet must fit the socket's buffer.
  static let limit = 64 << 10
  /// How much output or input goes into one message, in bytes.
  public static let chunk = 32 << 10
}

/// What a client that attaches wants.
public struct AttachOptions: Equatable, Sendable {
  public var input: Bool
  public var output: Bool
  public var errorOutput: Bool
  /// When the client goes, the payload's input ends.
  public var endsInput: Bool

  public init(input: Bool = false, output: Bool = true, errorOutput: Bool = true, endsInput: Bool = false) {
    self.input = input
    self.output = output
    self.errorOutput = errorOutput
    self.endsInput = endsInput
  }
}

/// How a launch is to be told.
public struct ExplainRequest: Equatable, Sendable {
  public var asJSON: Bool
  public var colour: Bool
  /// 0 for unknown.
  public var columns: UInt16

  public init(asJSON: Bool, colour: Bool, columns: UInt16) {
    self.asJSON = asJSON
    self.colour = colour
    self.columns = columns
  }
}

extension MonitorMessage {
  /// The packet.
  var bytes: [UInt8] {
    switch self {
    case .attach(let options):
      [
        UInt8(ascii: "A"), options.input ? 1 : 0, options.output ? 1 : 0, options.errorOutput ? 1 : 0,
        options.endsInput ? 1 : 0,
      ]
    case .input(let bytes): [UInt8(ascii: "i")] + bytes
    case .endOfInput: [UInt8(ascii: "e")]
    case .resize(let rows, let columns):
      [UInt8(ascii: "w")] + Self.packed(Int32(rows)) + Self.packed(Int32(columns))
    case .go(nil): [UInt8(ascii: "g")]
    case .go(let request?):
      [UInt8(ascii: "g"), request.asJSON ? 1 : 0, request.colour ? 1 : 0]
        + Self.packed(Int32(request.columns))
    case .signal(let number): [UInt8(ascii: "k")] + Self.packed(number)
    case .stop(let signal, let timeout, let byHand):
      [UInt8(ascii: "s")] + Self.packed(signal ?? 0) + Self.packed(timeout ?? Int32.min) + [byHand ? 1 : 0]
    case .restart(let signal, let timeout):
      [UInt8(ascii: "r")] + Self.packed(signal ?? 0) + Self.packed(timeout ?? Int32.min)
    case .pause: [UInt8(ascii: "p")]
    case .unpause: [UInt8(ascii: "u")]
    case .hold: [UInt8(ascii: "h")]
    case .release: [UInt8(ascii: "f")]
    case .wait: [UInt8(ascii: "t")]
    case .reload: [UInt8(ascii: "l")]
    case .launched(let pid): [UInt8(ascii: "L")] + Self.packed(pid)
    case .failed(let code, let text): [UInt8(ascii: "F")] + Self.packed(code) + Self.shortened(text)
    case .output(let bytes): [UInt8(ascii: "1")] + bytes
    case .errorOutput(let bytes): [UInt8(ascii: "2")] + bytes
    case .explanation(let text): [UInt8(ascii: "X")] + Self.shortened(text)
    case .done: [UInt8(ascii: "D")]
    case .refused(let text): [UInt8(ascii: "R")] + Self.shortened(text)
    case .ended(let code, let restarts): [UInt8(ascii: "Z")] + Self.packed(code) + [restarts ? 1 : 0]
    }
  }

  /// Reads a packet; nil where it is none of ours.
  init?(_ packet: ArraySlice<UInt8>) {
    guard let kind = packet.first else { return nil }
    let rest = packet.dropFirst()
    let flags = rest.map { $0 != 0 }
    func number(_ index: Int) -> Int32? { Self.number(rest.dropFirst(index * 4)) }
    switch Unicode.Scalar(kind) {
    case "A" where flags.count == 4:
      self = .attach(
        AttachOptions(input: flags[0], output: flags[1], errorOutput: flags[2], endsInput: flags[3]))
    case "i": self = .input(Array(rest))
    case "e": self = .endOfInput
    case "w":
      guard let rows = number(0), let columns = number(1) else { return nil }
      self = .resize(rows: UInt16(clamping: rows), columns: UInt16(clamping: columns))
    case "g" where rest.isEmpty: self = .go(nil)
    case "g":
      guard let columns = Self.number(rest.dropFirst(2)) else { return nil }
      self = .go(ExplainRequest(asJSON: flags[0], colour: flags[1], columns: UInt16(clamping: columns)))
    case "k":
      guard let signal = number(0) else { return nil }
      self = .signal(signal)
    case "s", "r":
      guard let signal = number(0), let timeout = number(1) else { return nil }
      let chosen = (signal: signal == 0 ? nil : signal, timeout: timeout == Int32.min ? nil : timeout)
      self =
        kind == UInt8(ascii: "s")
        ? .stop(signal: chosen.signal, timeout: chosen.timeout, byHand: rest.last != 0)
        : .restart(signal: chosen.signal, timeout: chosen.timeout)
    case "p": self = .pause
    case "u": self = .unpause
    case "h": self = .hold
    case "f": self = .release
    case "t": self = .wait
    case "l": self = .reload
    case "L":
      guard let pid = number(0) else { return nil }
      self = .launched(pid: pid)
    case "F":
      guard let code = number(0) else { return nil }
      self = .failed(code: code, text: String(decoding: rest.dropFirst(4), as: UTF8.self))
    case "1": self = .output(Array(rest))
    case "2": self = .errorOutput(Array(rest))
    case "X": self = .explanation(String(decoding: rest, as: UTF8.self))
    case "D": self = .done
    case "R": self = .refused(String(decoding: rest, as: UTF8.self))
    case "Z":
      guard let code = number(0), flags.count == 5 else { return nil }
      self = .ended(code: code, restarts: flags[4])
    default: return nil
    }
  }

  private static func packed(_ number: Int32) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int32? {
    guard bytes.count >= 4 else { return nil }
    var number: Int32 = 0
    withUnsafeMutableBytes(of: &number) { $0.copyBytes(from: bytes.prefix(4)) }
    return number
  }

  private static func shortened(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8).prefix(limit - 64) }
}
