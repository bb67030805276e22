/// An explanation as text for a terminal of 100 columns.
///
///      7  init     +1.24 ms  mount proc on /proc
///         why     shows the processes of the new pid namespace alone; …
///         shell   mount -t proc proc ROOTFS/proc
///         call    fsopen("proc", FSOPEN_CLOEXEC) = 5
struct ExplanationText {
  let colour: Bool

  private static let width = 100
  private static let margin = 14

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
      if let shell = step.shell {
        for (index, line) in shell.split(separator: "\n").enumerated() {
          lines += part(index == 0 ? "shell" : "", String(line), .shell)
        }
      }
    }
    for (index, call) in step.calls.enumerated() {
      let text = (call.by.map { "[\($0.rawValue)] " } ?? "") + call.call.text
      lines += part(index == 0 ? "calls" : "", text, (call.call.result ?? 0) < 0 ? .failure : .plain)
    }
    return lines.joined(separator: "\n") + "\n\n"
  }

  func warning(_ warning: String) -> String {
    part("note", warning, .failure).joined(separator: "\n") + "\n\n"
  }

  private func header(_ step: ExplainedStep) -> String {
    let number = Self.padded(String(step.number), 4)
    let actor = step.actor.rawValue + String(repeating: " ", count: 7 - step.actor.rawValue.count)
    let time = Self.padded(step.time.map(Self.duration) ?? "", 10)
    let title = Self.visible(step.title) + (step.isContinued ? ", continued" : "")
    return painted(number, .number) + "  " + painted(actor, step.actor == .runtime ? .runtime : .initial) + " "
      + painted(time, .number) + "  " + painted(title, .title)
  }

  /// A labelled paragraph, its lines broken at spaces.
  private func part(_ label: String, _ text: String, _ style: Style) -> [String] {
    let room = Self.width - Self.margin
    var lines: [String] = []
    var line = ""
    for word in Self.visible(text).split(separator: " ", omittingEmptySubsequences: false) {
      // What is longer than a line stays in one piece: it is copied and pasted.
      if !line.isEmpty && line.count + 1 + word.count > room - (lines.isEmpty ? 0 : 2) {
        lines.append(line)
        line = String(word)
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    lines.append(line)
    return lines.enumerated().map { index, line in
      let name = index == 0 ? label : ""
      let lead = "      " + painted(name, .label) + String(repeating: " ", count: Self.margin - 6 - name.count)
      return lead + (index == 0 ? "" : "  ") + painted(line, style)
    }
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
    return text.unicodeScalars.map { isControl($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
