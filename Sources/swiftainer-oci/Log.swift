import Glibc
import OCISpec
import Runtime

/// The log that engines read: a line an event, text or JSON.
struct Log {
  enum Format: String { case text, json }

  let path: String?
  let format: Format
  let debug: Bool

  /// Opens the log for a moment, at once: an engine that is not told of errors must learn of that.
  init(path: String?, format: Format, debug: Bool) throws {
    self.path = path
    self.format = format
    self.debug = debug
    guard let path else { return }
    let descriptor = Self.open(path)
    if descriptor < 0 { throw Failure("--log: open", path, errno: errno) }
    // Not kept: its number may be one that the caller wants handed to the payload (--preserve-fds), by mistake.
    close(descriptor)
  }

  private static func open(_ path: String) -> CInt {
    Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  }

  /// Writes a line; a full disk under the log is no reason to fail.
  func write(_ level: String, _ message: String) {
    guard let path else { return }
    if level == "debug" && !debug { return }
    var writer = JSONWriter(.compact)
    let time = Clock.now()
    if format == .json {
      writer.object { writer in
        writer.name("level")
        writer.string(level)
        writer.name("msg")
        writer.string(message)
        writer.name("time")
        writer.string(time)
      }
    } else {
      // The same quoting as JSON's serves the text form.
      var quoted = JSONWriter(.compact)
      quoted.string(message)
      writer.raw(Array("time=\"\(time)\" level=\(level) msg=".utf8) + quoted.bytes)
    }
    let descriptor = Self.open(path)
    if descriptor < 0 { return }
    let line = writer.bytes + [10]
    _ = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }
}

extension Log {
  /// Writes down what a launch does, a line a call; nil where nobody wants to know.
  var observer: ((LaunchEvent) -> Void)? {
    guard debug else { return nil }
    return { event in
      switch event {
      case .call(let call, let step, let actor, _):
        write("debug", "step \(step + 1), \(actor.rawValue): \(call.text)")
      case .failed(let step?, let error, _): write("debug", "step \(step + 1) failed: \(error)")
      case .begins, .done, .failed: break
      }
    }
  }

  /// Writes down the calls of a command that has no steps.
  func listener(_ command: String) -> KernelCallListener {
    debug ? KernelCallListener { write("debug", "\(command), runtime: \($0.text)") } : .nobody
  }
}

/// Standard output and standard error, without buffers that an exit could lose.
enum Output {
  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func print(bytes: [UInt8]) {
    write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }
  /// Prints a line, and tells when nobody reads it any more.
  static func printOrFail(bytes: [UInt8]) throws(Failure) {
    let code = write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
    if code != 0 { throw Failure("write to standard output", errno: code) }
  }
  static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  @discardableResult
  private static func write(_ text: String, to descriptor: CInt) -> CInt {
    var text = text
    return text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        at += written
      }
      return 0
    }
  }
}
