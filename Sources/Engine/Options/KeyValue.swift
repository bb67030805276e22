import Glibc
import Runtime

extension Files {
  /// Reads a file that a flag names; the error names the flag.
  static func read(_ path: String, for flag: String) throws(Failure) -> [UInt8] {
    do {
      return try read(path)
    } catch {
      throw Failure(flag, path, reason: error.reason, errno: error.errno, hint: error.hint)
    }
  }
}

/// `NAME=VALUE` on the command line and in files, as `--env` and `--label` take it.
public enum KeyValue {
  /// One `--env`: a name alone takes the caller's value, and stays alone where there is none.
  public static func variable(_ text: String) throws(Failure) -> String {
    if text.isEmpty || text.hasPrefix("=") {
      throw Failure("--env", text, reason: "a name is missing", hint: "as in NAME=VALUE")
    }
    return text.contains("=") ? text : callersValue(of: text).map { text + "=" + $0 } ?? text
  }

  /// The variables in a file; names alone take the caller's value, and are left out where there is none.
  public static func variables(file path: String) throws(Failure) -> [String] {
    try lines(path, "--env-file").compactMap { line in
      line.contains("=") ? line : callersValue(of: line).map { line + "=" + $0 }
    }
  }

  /// One `NAME[=VALUE]` of `--label`.
  public static func label(_ text: String) throws(Failure) -> (name: String, value: String) {
    try pair(text, flag: "--label")
  }

  public static func labels(file path: String) throws(Failure) -> [(name: String, value: String)] {
    try lines(path, "--label-file").map { line throws(Failure) in try pair(line, flag: "--label-file") }
  }

  /// One `NAME[=VALUE]`; without a value it is empty.
  public static func pair(_ text: String, flag: String) throws(Failure) -> (name: String, value: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    if parts[0].isEmpty { throw Failure(flag, text, reason: "a name is missing", hint: "as in NAME=VALUE") }
    return (parts[0], parts.count == 2 ? parts[1] : "")
  }

  /// One `NAME=VALUE`, whose value may be empty but not missing.
  public static func strictPair(_ text: String, flag: String) throws(Failure) -> (name: String, value: String)
  {
    guard text.contains("=") else { throw Failure(flag, text, reason: "not NAME=VALUE") }
    return try pair(text, flag: flag)
  }

  private static func callersValue(of name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Lines but for empty ones and comments, freed of the space before them.
  private static func lines(_ path: String, _ flag: String) throws(Failure) -> [String] {
    var bytes = try Files.read(path, for: flag)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(flag, path, reason: "not UTF-8 text")
    }
    var result: [String] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.isEmpty || line.hasPrefix("#") { continue }
      let name = line.prefix { $0 != "=" }
      if name.isEmpty { throw Failure(flag, path, reason: "line \(index + 1): a name is missing") }
      if name.contains(where: \.isWhitespace) {
        throw Failure(flag, path, reason: "line \(index + 1): a space in the name '\(name)'")
      }
      if line.utf8.contains(0) { throw Failure(flag, path, reason: "line \(index + 1): a NUL byte") }
      result.append(String(line))
    }
    return result
  }
}
