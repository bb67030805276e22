/// A directive of `printf`, such as `%-10s`.
struct Directive {
  var verb: Unicode.Scalar = "v"
  /// Put padding to the right.
  var minus = false
  /// Show a sign always; with `q` and `v`, ASCII only and field names.
  var plus = false
  /// Another form, with `0x` and the like.
  var sharp = false
  /// Leave a place for the sign; spaces between bytes.
  var space = false
  /// Pad with zeros.
  var zero = false
  var width: Int?
  var precision: Int?

  /// The text in as many places as were asked for.
  func pad(_ text: String) -> String {
    guard let width else { return text }
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    if minus { return text + String(repeating: " ", count: missing) }
    return String(repeating: zero ? "0" : " ", count: missing) + text
  }

  /// The text in so many places without the zeros.
  func padWithSpaces(_ text: String) -> String {
    var copy = self
    copy.zero = false
    return copy.pad(text)
  }
}
