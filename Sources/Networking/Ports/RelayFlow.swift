import CShim
import Glibc
import Runtime

/// Two ends through which bytes go on without being read.
final class RelayPipe {
  let reader: OwnedFD
  let writer: OwnedFD

  init?() {
    var ends: [CInt] = [-1, -1]
    if shim_pipe(&ends) < 0 { return nil }
    reader = OwnedFD(ends[0])
    writer = OwnedFD(ends[1])
  }
}

/// Empty pipes that wait for use. Only a flow whose receiver is slow keeps one.
struct RelayPipes {
  private var idle: [RelayPipe] = []

  mutating func take() -> RelayPipe? { idle.popLast() ?? RelayPipe() }

  mutating func put(_ pipe: RelayPipe) { if idle.count < 4 { idle.append(pipe) } }
}

/// One direction of a relayed connection.
struct RelayFlow {
  private var pipe: RelayPipe?
  /// Bytes in the pipe.
  private var pending = 0
  private var hasEnded = false
  /// Whether the receiver knows that nothing more comes.
  private(set) var isShut = false

  /// What it waits for: more from the one, or room at the other.
  var wantsInput: Bool { !hasEnded && pending == 0 }
  var wantsRoom: Bool { pending > 0 }

  /// Hands on what has come, as long as there is something and room for it.
  ///
  /// - Returns: false where the connection is broken.
  mutating func move(from source: CInt, to sink: CInt, _ pipes: inout RelayPipes) -> Bool {
    // Others want their turn too.
    for _ in 0..<8 where !isShut {
      if wantsInput {
        guard let pipe = pipe ?? pipes.take() else { return false }
        self.pipe = pipe
        let count = Self.splice(source, pipe.writer.raw)
        if count == 0 { hasEnded = true }
        if count > 0 { pending = count }
        if count < 0 && count != -Int(EAGAIN) { return false }
      }
      var isWaiting = wantsInput
      if let pipe, pending > 0 {
        let count = Self.splice(pipe.reader.raw, sink)
        if count > 0 { pending -= count }
        if count < 0 && count != -Int(EAGAIN) { return false }
        isWaiting = count <= 0
      }
      if pending == 0, let pipe {
        pipes.put(pipe)
        self.pipe = nil
      }
      if hasEnded && pending == 0 {
        shutdown(sink, CInt(SHUT_WR))
        isShut = true
      }
      if isWaiting { break }
    }
    return true
  }

  private static func splice(_ from: CInt, _ to: CInt) -> Int {
    while true {
      // A pipe's size unless told otherwise, in bytes.
      let count = shim_splice(from, to, 64 << 10)
      if count != -Int(EINTR) { return count }
    }
  }
}
