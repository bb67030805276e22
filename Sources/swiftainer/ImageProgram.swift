import CShim
import Engine
import Glibc
import Runtime

/// `swiftainer-images`: what needs HTTP, TLS, archives or compression, so that nothing else carries them.
enum ImageProgram {
  /// Goes on as that program, with the words of the command line.
  static func become(_ verb: String) throws -> Never {
    let parsed = Swiftainer.words
    // Two words where a noun came first.
    let words = parsed.dropFirst(Swiftainer.isNoun(parsed.first) ? 2 : 1)
    let program = try path()
    let failed = CStrings.with([program, verb] + words) { arguments in
      _ = execve(program, arguments, shim_environment())
      return errno
    }
    throw Failure("execute", program, errno: failed)
  }

  /// Runs it for a command that goes on; it tells by itself what has failed.
  ///
  /// - Returns: what it has printed on standard output, where that is wanted; else that goes to standard error.
  /// - Throws: `ProgramFailure` where it has failed; `Failure` where a signal has ended it, before it could tell why.
  static func run(_ words: [String], reads: Bool = false) throws -> String {
    let program = try path()
    var pipe: (CInt, CInt) = (-1, -1)
    if reads {
      var ends: [CInt] = [-1, -1]
      let failed = shim_pipe(&ends)
      if failed != 0 { throw Failure("make a pipe", errno: -failed) }
      pipe = (ends[0], ends[1])
    }
    let pid = ChildProgram.start(
      program, [program] + words, descriptors: [(reads ? pipe.1 : STDERR_FILENO, STDOUT_FILENO)])
    if reads { close(pipe.1) }
    if pid < 0 { throw Failure("start", program, errno: -pid) }
    var said: [UInt8] = []
    if reads {
      let reader = OwnedFD(pipe.0)
      said = (try? Files.read(reader.raw, program)) ?? []
    }
    let status = ChildProgram.wait(pid)
    let signal = status & 0x7f
    if signal != 0 { throw Failure(program, reason: "it was ended by signal \(signal)") }
    if status != 0 { throw ProgramFailure() }
    return String(decoding: said, as: UTF8.self)
  }

  private static func path() throws(Failure) -> String { try Companion.path(of: "swiftainer-images") }
}

/// The program has failed, and has told why.
struct ProgramFailure: Error {}
