import CShim
import Glibc

/// The monitor's side of a payload's three streams: pipes, or a terminal's master. Nothing here waits.
final class PayloadStreams {
  /// What the payload writes, by the descriptor to read: of a terminal there is only one. -1 where it has ended.
  private(set) var output: CInt = -1
  private(set) var errorOutput: CInt = -1
  /// Where the payload reads from; -1 where it has no input, or that has ended.
  private(set) var input: CInt = -1
  let isTerminal: Bool

  /// The payload's own ends, until they are handed over.
  private var inside: (input: CInt, output: CInt, errorOutput: CInt) = (-1, -1, -1)
  /// The container's side of a terminal, held open: it would hang up for good when whoever has it closes it.
  private var peer: CInt = -1

  init(terminal: Bool, interactive: Bool) throws(Failure) {
    isTerminal = terminal
    if terminal {
      let null = open("/dev/null", O_RDWR | O_CLOEXEC)
      inside = (null, null, null)
      return
    }
    if interactive {
      let ends = try Self.pipe()
      inside.input = ends.read
      input = ends.write
      Self.makeNonBlocking(input)
    } else {
      inside.input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
    for isError in [false, true] {
      let ends = try Self.pipe()
      Self.makeNonBlocking(ends.read)
      if isError {
        errorOutput = ends.read
        inside.errorOutput = ends.write
      } else {
        output = ends.read
        inside.output = ends.write
      }
    }
  }

  deinit {
    closeInside()
    for descriptor in Set([output, errorOutput, input, peer]) where descriptor >= 0 { close(descriptor) }
  }

  private static func pipe() throws(Failure) -> (read: CInt, write: CInt) {
    var ends: [CInt] = [-1, -1]
    let made = shim_pipe(&ends)
    if made < 0 { throw Failure("make a pipe", errno: -made) }
    return (ends[0], ends[1])
  }

  private static func makeNonBlocking(_ descriptor: CInt) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  /// Does something, a launch, while this process's own three streams are the payload's.
  ///
  /// - Parameter sharingOutput: both outputs are one stream.
  func withPayloadEnds<Result>(
    sharingOutput: Bool = false, _ body: () throws -> Result
  ) throws -> Result {
    dup2(inside.input, STDIN_FILENO)
    dup2(inside.output, STDOUT_FILENO)
    dup2(sharingOutput ? inside.output : inside.errorOutput, STDERR_FILENO)
    defer {
      closeInside()
      StandardDescriptors.makeNull()
    }
    return try body()
  }

  private func closeInside() {
    for descriptor in Set([inside.input, inside.output, inside.errorOutput]) where descriptor >= 0 {
      close(descriptor)
    }
    inside = (-1, -1, -1)
  }

  /// Takes a terminal's master, and owns it.
  func take(master: CInt) {
    let getPeer: UInt = 0x5441  // TIOCGPTPEER
    peer = shim_ioctl(
      master, getPeer, UnsafeMutableRawPointer(bitPattern: Int(O_RDWR | O_NOCTTY | O_CLOEXEC)))
    Self.makeNonBlocking(master)
    output = master
    input = master
  }

  func resize(rows: UInt16, columns: UInt16) {
    guard isTerminal, output >= 0 else { return }
    Terminal.setSize(winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0), of: output)
  }

  /// Ends the payload's input; a terminal is told as a person would.
  func endInput() {
    guard input >= 0 else { return }
    if isTerminal {
      var endOfFile: UInt8 = 4
      _ = write(input, &endOfFile, 1)
    } else {
      close(input)
      input = -1
    }
  }

  /// Gives the output away, to be read and closed by the caller.
  func giveOutput() -> CInt {
    defer { output = -1 }
    return output
  }

  /// Nothing more will be read from it.
  func closeOutput(_ descriptor: CInt) {
    guard descriptor >= 0 else { return }
    if descriptor == input { input = -1 }
    if descriptor == output { output = -1 }
    if descriptor == errorOutput { errorOutput = -1 }
    close(descriptor)
  }
}
