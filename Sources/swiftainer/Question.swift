import Glibc

/// Asks before something is lost. Whoever is not there says no; to say no is no failure.
enum Question {
  static func allowsRemoval(of what: String) -> Bool { isAnsweredByYes(" \(what).\n") }

  /// - Parameter filter: what was said of which of them are meant.
  static func allowsRemoval(of kinds: [String], filter: [String]) -> Bool {
    func list(_ lines: [String]) -> String { lines.map { "  - \($0)\n" }.joined() + "\n" }
    return isAnsweredByYes(
      ":\n" + list(kinds)
        + (filter.isEmpty ? "" : "  Items to be pruned will be filtered with:\n" + list(filter.sorted())))
  }

  private static func isAnsweredByYes(_ what: String) -> Bool {
    Output.write("WARNING! This will remove\(what)Are you sure you want to continue? [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }
}
