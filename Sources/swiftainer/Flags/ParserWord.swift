import ImageFlags

/// Words as the parser can take them, where it does not know a form that people use.
enum ParserWord {
  /// `--explain` may have a value or none, which cannot be said of one flag: with one it is another flag.
  static let explainAsJSON = "explain-as-json"

  /// A flag that says nothing, for `--rm=false` and the like.
  static let unsaid = "unsaid"

  /// `--entrypoint=`: no program, and the command alone.
  static let noEntrypoint = "no-entrypoint"

  static func from(_ typed: [String]) -> [String] { replacements(typed).flatMap { $0 } }

  /// What becomes of each word. Only flags before the image are changed: not their values, and not the payload's words.
  static func replacements(_ typed: [String]) -> [[String]] {
    let plain = typed.map { [$0] }
    guard let verb = typed.firstIndex(where: { $0 != "container" }) else { return plain }
    if typed[verb] == "commit" { return CommitWords.from(typed).map { [$0] } }
    guard ["run", "create", "exec"].contains(typed[verb]) else { return plain }
    var replacements = Array(plain[...verb])
    var isValue = false
    for (index, word) in typed.enumerated().dropFirst(verb + 1) {
      if isValue {
        replacements.append([word])
        isValue = false
        continue
      }
      if word == "--" || word == "-" || !word.hasPrefix("-") { return replacements + plain[index...] }
      replacements.append(words(word))
      isValue = wantsValue(word)
    }
    return replacements
  }

  /// Whether the next word is the flag's value.
  private static func wantsValue(_ flag: String) -> Bool {
    if flag.contains("=") { return false }
    if flag.hasPrefix("--") { return !switches.contains(flag) && !others.contains(flag) }
    let rest = flag.dropFirst().drop { valueless.contains($0) }
    return rest.count == 1 && joinable.contains(rest.first!)
  }

  private static let others: Set<String> = ["--help", "--version", "--explain", "--no-sig-proxy"]

  private static func words(_ typed: String) -> [String] {
    if let word = switched(typed) { return [word] }
    switch typed {
    case "--explain=json": return ["--" + explainAsJSON]
    case "--explain=text": return ["--explain"]
    // The parser would take the next word for the value.
    case "--entrypoint=": return ["--" + noEntrypoint]
    default: return typed.hasPrefix("-") && !typed.hasPrefix("--") ? shortFlags(typed) : [typed]
    }
  }

  /// `-eA=1`, which would be taken for a flag `eA`, and `-itm64m`.
  private static func shortFlags(_ typed: String) -> [String] {
    let letters = typed.dropFirst()
    let plain = letters.prefix { valueless.contains($0) }
    let rest = letters.dropFirst(plain.count)
    guard let flag = rest.first, joinable.contains(flag), letters.count > 1 else { return [typed] }
    let value = rest.dropFirst(rest.dropFirst().first == "=" ? 2 : 1)
    let flags = plain.isEmpty ? [] : ["-" + plain]
    return flags + [rest.count == 1 ? "-\(flag)" : "-\(flag)=\(value)"]
  }

  /// The short flags that have a value, and those that have none.
  private static let joinable: Set<Character> = ["e", "v", "w", "u", "h", "m", "a", "l", "c", "p"]
  private static let valueless: Set<Character> = ["i", "t", "d", "P"]

  /// A flag with `true` or `false`, which the parser takes for one with a value.
  private static func switched(_ typed: String) -> String? {
    guard let equals = typed.firstIndex(of: "="), switches.contains(String(typed[..<equals])) else {
      return nil
    }
    switch typed[typed.index(after: equals)...] {
    case "true", "1", "t", "T", "TRUE", "True": return String(typed[..<equals])
    case "false", "0", "f", "F", "FALSE", "False":
      return typed.hasPrefix("--sig-proxy") ? "--no-sig-proxy" : "--" + unsaid
    default: return nil
    }
  }

  private static let switches: Set<String> = [
    "--rm", "--init", "--interactive", "-i", "--tty", "-t", "--detach", "-d", "--sig-proxy", "--read-only",
    "--rw-rootfs", "--oom-kill-disable", "--privileged", "--publish-all", "-P", "--no-healthcheck",
    "--dry-run",
  ]
}
