import ArgumentParser

/// The image and the payload's words: what stands behind the flags of `run` and `create`.
struct ImageWords {
  let image: String
  let command: [String]

  /// - Parameter parsed: what the parser took for these words. They are looked up as they were typed: the parser was
  ///   given other words for some, and several for a few.
  init(parsed: [String]) throws {
    let typed = Array(CommandLine.arguments.dropFirst())
    var start = typed.count
    var left = parsed.count
    let replacements = ParserWord.replacements(typed)
    while left > 0, start > 0 {
      start -= 1
      left -= replacements[start].count
    }
    var words = typed[start...]
    for word in typed[..<start]
    where word.hasPrefix("--") && word.firstIndex(of: "=") == word.indices.last {
      // An empty one is a wish as well.
      if word != "--entrypoint=" { throw ValidationError("\(word.dropLast()) needs a value") }
    }
    if words.first == "--" {
      words.removeFirst()
    } else if let flag = words.first, flag.hasPrefix("-") {
      throw ValidationError(FlagHint.unknown(flag))
    }
    image = words.first ?? ""
    if image.isEmpty { throw ValidationError("an image, a rootfs folder or a bundle is missing") }
    command = Array(words.dropFirst())
  }
}
