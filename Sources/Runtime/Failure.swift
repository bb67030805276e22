import CShim
import Glibc

/// The one shape of an error: what was attempted, on what, why it failed, and what to do about it.
///
/// Texts are lower case without a full stop; `description` is the only place they are joined.
public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was attempted, as a verb phrase: `mount proc`, `write`, `read config`.
  public var operation: String
  /// What it was attempted on: a path, a JSON path, a container ID; may be empty.
  public var subject: String
  /// Why it failed, where `errno` does not say it all.
  public var reason: String?
  /// The kernel's error number, where there is one.
  public var errno: CInt?
  /// What a person can do.
  public var hint: String?
  /// What kind of failure it is, where exit codes tell kinds apart.
  public var kind: Kind = .general

  public enum Kind: Sendable {
    case general
    /// Something of that name is there already.
    case alreadyExists
    /// What was to be made has been made by somebody else meanwhile: it is not ours to remove.
    case notOurs
    /// The cgroup is another container's, and must be left alone.
    case cgroupInUse
    /// The init's end of the socket is closed.
    case initIsGone
    /// What is stored is not there, or not what it must be.
    case damaged
    /// The payload's program is not there.
    case programNotFound
    /// It is there and cannot be executed.
    case programNotExecutable
  }

  public init(
    _ operation: String, _ subject: String = "", reason: String? = nil, errno: CInt? = nil,
    hint: String? = nil
  ) {
    self.operation = operation
    self.subject = subject
    self.reason = reason
    self.errno = errno
    self.hint = hint
  }

  public var description: String {
    var text = operation
    if !subject.isEmpty { text += " " + subject }
    if let reason { text += ": " + reason }
    if let errno { text += ": " + errnoText(errno) }
    if let hint { text += " (" + hint + ")" }
    return text
  }
}

/// The kernel's text for an error number, lower case as in `permission denied`.
public func errnoText(_ code: CInt) -> String {
  var buffer = [CChar](repeating: 0, count: 128)
  return buffer.withUnsafeMutableBufferPointer { pointer in
    guard let text = shim_error_text(code, pointer.baseAddress!, pointer.count) else {
      return "error \(code)"
    }
    let whole = String(cString: text)
    return whole.prefix(1).lowercased() + whole.dropFirst()
  }
}
