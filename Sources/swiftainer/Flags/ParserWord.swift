/// Words as the parser can take them, where it does not know a form that people use.
enum ParserWord {
  /// `--explain` may have a value or none, which cannot be said of one flag: with one it is another flag.
  static let explainAsJSON = "explain-as-json"

  /// A flag that says nothing, for `--rm=false` and the like.
  static let unsaid = "unsaid"

  /// `--entrypoint=`: no program, and the command alone.
  static let noEntrypoint = "no-entrypoint"

  /// Words that begin with `run`, `create` or `exec`; others stay as they are.
  static func from(_ typed: [String]) -> [String] { replacements(typed).flatMap { $0 } }

  /// What becomes of each word. Only flags before the image are changed: not their values, and not the payload's words.
  static func replacements(_ typed: [String]) -> [[String]] {
    guard let verb = typed.firstIndex(where: { $0 != "container" }),
      ["run", "create", "exec"].contains(typed[verb])
    else { return typed.map { [$0] } }
    return replacements(typed, after: verb, .payload, endsAtWord: true)
  }

  /// Words of another verb, whose flags may stand anywhere.
  ///
  /// - Parameter count: of the words that are the verb.
  static func from(_ typed: [String], _ flags: FlagForms, after count: Int) -> [String] {
    replacements(typed, after: count - 1, flags, endsAtWord: false).flatMap { $0 }
  }

  private static func replacements(
    _ typed: [String], after verb: Int, _ flags: FlagForms, endsAtWord: Bool
  ) -> [[String]] {
    let plain = typed.map { [$0] }
    var replacements = Array(plain[...verb])
    var isValue = false
    for (index, word) in typed.enumerated().dropFirst(verb + 1) {
      let isFlag = word.hasPrefix("-") && word != "-"
      if isValue || !isFlag && !endsAtWord {
        replacements.append([word])
        isValue = false
        continue
      }
      if !isFlag || word == "--" { return replacements + plain[index...] }
      replacements.append(words(word, flags))
      isValue = flags.wantsValue(word)
    }
    return replacements
  }

  private static func words(_ typed: String, _ flags: FlagForms) -> [String] {
    if let words = flags.switched(typed) { return words }
    return typed.hasPrefix("--") ? [flags.others[typed] ?? typed] : flags.short(typed)
  }
}
