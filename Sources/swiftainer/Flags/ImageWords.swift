import ArgumentParser

/// The image and the payload's words: what stands behind the flags of `run` and `create`.
struct ImageWords {
  let image: String
  let command: [String]

  /// - Parameter parsed: what the parser took for these words. They are looked up as they were typed: the parser was
  ///   given other words for some, and several for a few.
  init(parsed: [String]) throws {
    let typed = CommandLine.arguments.dropFirst()
    var words = typed.suffix(0)
    var left = parsed.count
    while left > 0, words.startIndex > typed.startIndex {
      words = typed[(words.startIndex - 1)...]
      left -= ParserWord.words(words[words.startIndex]).count
    }
    for word in typed[..<words.startIndex]
    where word.hasPrefix("--") && word.firstIndex(of: "=") == word.indices.last {
      // An empty one is a wish as well.
      if word != "--entrypoint=" { throw ValidationError("\(word.dropLast()) needs a value") }
    }
    if words.first == "--" {
      words.removeFirst()
    } else if let flag = words.first, flag.hasPrefix("-") {
      throw ValidationError("unknown flag \(flag)")
    }
    image = words.first ?? ""
    if image.isEmpty { throw ValidationError("a root file system's folder or a bundle is missing") }
    command = Array(words.dropFirst())
  }
}
