/// Words as the parser can take them, where it does not know a form that people use. There are as many as were typed.
enum ParserWord {
  /// `--explain` may have a value or none, which cannot be said of one flag: with one it is another flag.
  static let explainAsJSON = "explain-as-json"

  /// A flag that says nothing, for `--rm=false` and the like.
  static let unsaid = "unsaid"

  static func from(_ typed: [String]) -> [String] {
    guard let verb = typed.first(where: { $0 != "container" }), ["run", "create", "exec"].contains(verb)
    else {
      return typed
    }
    return typed.map(word)
  }

  private static func word(_ typed: String) -> String {
    if let word = switched(typed) { return word }
    return switch typed {
    case "--explain=json": "--" + explainAsJSON
    case "--explain=text": "--explain"
    // `-eA=1`, which would be taken for a flag `eA`.
    case _ where typed.count > 2 && typed.hasPrefix("-") && joinable.contains(typed.dropFirst().first!):
      "-" + typed.dropFirst().prefix(1) + "=" + typed.dropFirst(typed.dropFirst(2).first == "=" ? 3 : 2)
    default: typed
    }
  }

  /// The short flags that have a value.
  private static let joinable: Set<Character> = ["e", "v", "w", "u", "h", "m", "a", "l", "c", "p"]

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
