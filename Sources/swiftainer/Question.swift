import Glibc

/// Asks before something is lost.
enum Question {
  /// Whether somebody answers a question with yes; whoever is not there says no.
  static func isAnsweredByYes(_ text: String) -> Bool {
    Output.write(text + " [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    return answer == "y" || answer == "yes"
  }
}
