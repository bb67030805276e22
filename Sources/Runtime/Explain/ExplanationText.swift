/// An explanation as text for a terminal.
///
///      7  init     +1.24 ms  mount proc on /proc
///         why     shows the processes of the new pid namespace alone; …
///         shell   mount -t proc proc ROOTFS/proc
///         call    fsopen("proc", FSOPEN_CLOEXEC) = 5
struct ExplanationText {
  let colour: Bool
  private let width: Int

  static let widest = 100
  /// On a terminal that is narrower still, lines are better broken by the terminal than after every word.
  private static let narrowest = 60
  private static let margin = 14

  init(colour: Bool, columns: Int) {
    self.colour = colour
    width = max(Self.narrowest, min(columns, Self.widest))
  }

  private enum Style: String {
    case title = "1"
    case number = "2"
    case runtime = "35"
    case initial = "34"
    case label = "2;3"
    case shell = "36"
    case failure = "31"
    case plain = ""
  }

  func text(_ step: ExplainedStep) -> String {
    var lines = [header(step)]
    if !step.isContinued {
      lines += part("why", step.reason, .plain)
      let commands = step.shell.map { Self.commands($0) } ?? []
      for (index, line) in commands.enumerated() {
        let continuation = line.hasPrefix("#") ? "" : " \\"
        lines += part(index == 0 ? "shell" : "", line, .shell, continuation: continuation)
      }
    }
    for (index, call) in step.calls.enumerated() {
      let text = (call.by.map { "[\($0.rawValue)] " } ?? "") + call.call.text
      let ends = step.failure != nil && index == step.calls.count - 1 && call.call.isFailure
      lines += part(index == 0 ? "calls" : "", text, ends ? .failure : .plain, breaksFlags: true)
    }
    // Where no call failed, it was a rule of ours, or another program.
    if let failure = step.failure, step.calls.last?.call.isFailure != true {
      lines += part("error", failure, .failure)
    }
    return lines.joined(separator: "\n") + "\n\n"
  }

  func warning(_ warning: String) -> String {
    part("note", warning, .failure).joined(separator: "\n") + "\n\n"
  }

  /// A title that is too long goes on below itself.
  private func header(_ step: ExplainedStep) -> String {
    let number = Self.padded(String(step.number), 4)
    let actor = step.actor.rawValue + String(repeating: " ", count: 7 - step.actor.rawValue.count)
    let time = Self.padded(step.time.map(Self.duration) ?? "", 10)
    let title = Self.visible(step.title) + (step.isContinued ? ", continued" : "")
    let column = 26
    let lines = Self.broken(title, to: width - column, breaksFlags: false, keepsQuotes: false).map {
      painted($0, .title)
    }
    return painted(number, .number) + "  " + painted(actor, step.actor == .runtime ? .runtime : .initial)
      + " " + painted(time, .number) + "  "
      + lines.joined(separator: "\n" + String(repeating: " ", count: column))
      + (step.failure == nil ? "" : painted(", failed", .failure))
  }

  /// A comment behind a command goes above it, where it does not end up in what is pasted.
  private static func commands(_ shell: String) -> [String] {
    shell.split(separator: "\n").flatMap { line -> [String] in
      guard let mark = line.firstRange(of: "  # ") else { return [String(line)] }
      let (command, comment) = (String(line[..<mark.lowerBound]), String(line[mark.upperBound...]))
      return ["# " + comment, command]
    }
  }

  /// A labelled paragraph, its lines broken at spaces.
  ///
  /// - Parameters:
  ///   - continuation: what ends a line that goes on.
  ///   - breaksFlags: whether a line may end behind a `|` as well.
  private func part(
    _ label: String, _ text: String, _ style: Style, continuation: String = "", breaksFlags: Bool = false
  ) -> [String] {
    let lines = Self.broken(
      Self.visible(text), to: width - Self.margin - continuation.count, breaksFlags: breaksFlags,
      keepsQuotes: !continuation.isEmpty)
    return lines.enumerated().map { index, line in
      let name = index == 0 ? label : ""
      let lead =
        "      " + painted(name, .label) + String(repeating: " ", count: Self.margin - 6 - name.count)
      let end = index < lines.count - 1 ? continuation : ""
      return lead + (index == 0 ? "" : "  ") + painted(line + end, style)
    }
  }

  /// Lines after the first are indented by two, and so are shorter. What has no place to break at stays in one
  /// piece, however long: it is copied and pasted.
  private static func broken(
    _ text: String, to width: Int, breaksFlags: Bool, keepsQuotes: Bool
  ) -> [String] {
    var lines: [String] = []
    var line: Substring = ""
    func append(_ piece: Substring) {
      let length = piece.last == " " ? piece.count - 1 : piece.count
      if !line.isEmpty && line.count + length > width - (lines.isEmpty ? 0 : 2) {
        lines.append(String(line))
        line = piece
      } else {
        line += piece
      }
    }
    // A result is read as one thing: it goes to a line of its own rather than being broken.
    let result = breaksFlags ? resultStart(in: text) : nil
    let head = text[..<(result ?? text.endIndex)]
    for word in pieces(of: head, " ", outsideQuotes: keepsQuotes) {
      // Flags stay together where they fit on a line.
      if breaksFlags && word.count > width - 2 { pieces(of: word, "|").forEach(append) } else { append(word) }
    }
    if let result { append(text[result...]) }
    lines.append(String(line))
    return lines.map { line in line.last == " " ? String(line.dropLast()) : line }
  }

  /// Where `= 0` begins, behind a call.
  private static func resultStart(in text: String) -> String.Index? {
    guard let mark = text.ranges(of: ") = ").last else { return nil }
    return text.index(mark.lowerBound, offsetBy: 2)
  }

  /// A text in pieces, each with the separator behind it. In a shell's single quotes no line can end.
  private static func pieces(
    of text: Substring, _ separator: Character, outsideQuotes: Bool = false
  ) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var isQuoted = false
    var isEscaped = false
    for index in text.indices {
      // Outside quotes a backslash takes its meaning from what follows.
      if outsideQuotes && text[index] == "'" && !isEscaped { isQuoted.toggle() }
      isEscaped = text[index] == "\\" && !isQuoted && !isEscaped
      guard text[index] == separator, !isQuoted else { continue }
      pieces.append(text[start...index])
      start = text.index(after: index)
    }
    return pieces + [text[start...]]
  }

  private func painted(_ text: String, _ style: Style) -> String {
    colour && !text.isEmpty && style != .plain ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// `+870 µs`, `+1.24 ms`.
  static func duration(_ nanoseconds: UInt64) -> String {
    if nanoseconds < 1_000_000 { return "+\(nanoseconds / 1000) µs" }
    let hundredths = nanoseconds / 10_000
    let fraction = hundredths % 100
    return "+\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) ms"
  }

  /// Names come from configurations and images: nothing in them may steer the terminal.
  static func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }
      .joined()
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
