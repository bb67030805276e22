/// What servers say, made fit to be shown: a terminal obeys what it is sent.
enum TextOfServer {
  /// On one line, printable, and not longer than so many letters.
  static func line(_ text: String, limit: Int = 300) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit { return result + "..." }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
        if result.last != " " { result += " " }
      default: result.unicodeScalars.append(scalar)
      }
      count += 1
    }
    while result.last == " " { result.removeLast() }
    return result
  }
}
