import Glibc

/// A payload that was launched.
final class Payload {
  let container: Container
  let process: LaunchedProcess
  let streams: PayloadStreams
  var memory: MemoryWatch
  /// By the monotonic clock.
  let launched = Clock.monotonicNanoseconds()
  /// What clients typed and the payload has not taken.
  var pendingInput: [UInt8] = []
  private var endsInput = false

  init(
    _ container: Container, _ process: LaunchedProcess, _ streams: PayloadStreams,
    _ memory: consuming MemoryWatch
  ) {
    self.container = container
    self.process = process
    self.streams = streams
    self.memory = memory
  }

  deinit { close(process.pidfd) }

  var isInputFull: Bool { !pendingInput.isEmpty && streams.input >= 0 }

  /// Writes what there is room for; a payload that has closed its input loses the rest.
  func writeInput() {
    while !pendingInput.isEmpty {
      guard streams.input >= 0 else {
        pendingInput = []
        return
      }
      let written = write(streams.input, pendingInput, pendingInput.count)
      if written > 0 {
        pendingInput.removeFirst(written)
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        pendingInput = []
        if !streams.isTerminal { streams.endInput() }
      }
    }
    if endsInput {
      endsInput = false
      streams.endInput()
    }
  }

  /// Ends the input behind what was typed.
  func endInputWhenWritten() {
    endsInput = true
    writeInput()
  }
}
