import OCISpec
import Runtime

/// A line of a Dockerfile that says something of an image without building anything: `--change` of `commit` and
/// `import`. Source: the Dockerfile reference; `validCommitCommands` of moby.
public struct DockerfileLine: Sendable {
  private enum Instruction: String, CaseIterable {
    case cmd, entrypoint, env, expose, healthcheck, label, onbuild, stopsignal, user, volume, workdir
  }

  private let instruction: Instruction
  let rest: String
  let line: String

  public init(_ line: String) throws(Failure) {
    let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    guard let first = parts.first, let found = Instruction(rawValue: first.lowercased()), parts.count == 2
    else {
      throw Failure(
        "--change", line, reason: "not one of these with a value",
        hint: Instruction.allCases.map { $0.rawValue.uppercased() }.joined(separator: ", "))
    }
    instruction = found
    rest = String(parts[1])
    self.line = line
  }

  public func apply(to execution: inout ImageConfig.Execution) throws(Failure) {
    switch instruction {
    case .cmd: execution.command = try command(execution)
    case .entrypoint:
      execution.entrypoint = try command(execution)
      // What was meant for another program.
      execution.command = nil
    case .env:
      for (name, value) in try pairs() {
        execution.env.removeAll { $0.hasPrefix(name + "=") }
        execution.env.append(name + "=" + value)
      }
    case .expose:
      for word in try words() {
        for port in try ContainerPort.ports(word) {
          let text = "\(port.port)/\(port.transport.rawValue)"
          if !execution.exposedPorts.contains(text) { execution.exposedPorts.append(text) }
        }
      }
    case .healthcheck: execution.healthcheck = try healthcheck()
    case .label: for (name, value) in try pairs() { execution.labels[name] = value }
    case .onbuild: execution.onBuild.append(rest)
    case .stopsignal: execution.stopSignal = rest
    case .user: execution.user = rest
    case .volume:
      var paths = try words()
      if let list = list(rest[...]) { paths = list }
      for path in paths where !execution.volumes.contains(path) { execution.volumes.append(path) }
    case .workdir:
      execution.workingDir =
        rest.hasPrefix("/") ? rest : Files.clean((execution.workingDir ?? "") + "/" + rest)
    }
  }

  /// A JSON array, or a line for the shell.
  private func command(_ execution: ImageConfig.Execution) throws(Failure) -> [String] {
    if let list = list(rest[...]) { return list }
    return (execution.shell.isEmpty ? ["/bin/sh", "-c"] : execution.shell) + [rest]
  }

  /// Nil where it is no JSON array.
  func list(_ text: Substring) -> [String]? {
    guard text.hasPrefix("[") else { return nil }
    return try? JSONDocument(Array(text.utf8), name: line).root.strings()
  }

  private func words() throws(Failure) -> [String] { try ShellWords.split(rest, of: line) }

  /// `NAME=VALUE …`, or `NAME VALUE` as of old.
  private func pairs() throws(Failure) -> [(String, String)] {
    let words = try words()
    if let first = words.first, !first.contains("=") {
      let value = rest.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
      if value.isEmpty { throw Failure("--change", line, reason: "\(first) has no value") }
      return [(first, String(value))]
    }
    var found: [(String, String)] = []
    for word in words {
      guard let sign = word.firstIndex(of: "="), sign != word.startIndex else {
        throw Failure("--change", line, reason: "'\(word)' is not NAME=VALUE")
      }
      found.append((String(word[..<sign]), String(word[word.index(after: sign)...])))
    }
    return found
  }
}

/// Words as a Dockerfile has them: blanks part them, quotes and backslashes hold them together.
enum ShellWords {
  static func split(_ text: String, of line: String) throws(Failure) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for letter in text {
      if isEscaped {
        word = (word ?? "") + String(letter)
        isEscaped = false
      } else if letter == "\\", quote != "'" {
        isEscaped = true
        word = word ?? ""
      } else if let open = quote {
        if letter == open { quote = nil } else { word = (word ?? "") + String(letter) }
      } else if letter == "\"" || letter == "'" {
        quote = letter
        word = word ?? ""
      } else if letter.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(letter)
      }
    }
    if quote != nil { throw Failure("--change", line, reason: "a quote is not closed") }
    if let done = word { words.append(done) }
    return words
  }
}
