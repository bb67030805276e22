import ArgumentParser

/// The image and the payload's words: what stands behind the flags of `run` and `create`.
struct ImageWords {
  let image: String
  let command: [String]

  /// - Parameter parsed: what the parser took for these words. They are looked up as they were typed: the parser was
  ///   given other words for some.
  init(parsed: [String]) throws {
    let typed = CommandLine.arguments.dropFirst()
    for word in typed.dropLast(parsed.count)
    where word.hasPrefix("--") && word.firstIndex(of: "=") == word.indices.last {
      // One flag takes an empty value for an answer.
      if word != "--entrypoint=" { throw ValidationError("\(word.dropLast()) needs a value") }
    }
    var words = typed.suffix(parsed.count)
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
