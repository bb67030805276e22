/// Throws unless a condition holds. Path and texts are made only when they are needed.
@inline(__always)
func require(
  _ condition: Bool, _ path: @autoclosure () -> String, _ reason: @autoclosure () -> String,
  hint: @autoclosure () -> String? = nil
) throws(SpecError) {
  if !condition { throw SpecError(path(), reason(), hint: hint()) }
}

/// Checks that a string can be handed to the kernel. What was read from JSON has no NUL; what was made in
/// code may.
func checkText(_ text: String?, _ path: @autoclosure () -> String) throws(SpecError) {
  guard let text else { return }
  try require(!text.utf8.contains(0), path(), "must not contain a NUL byte")
}

/// Checks strings that can be handed to the kernel.
func checkTexts(_ texts: [String], _ path: @autoclosure () -> String) throws(SpecError) {
  for (index, text) in texts.enumerated() { try checkText(text, "\(path())[\(index)]") }
}

/// Checks an absolute path.
func checkAbsolute(
  _ text: String, _ path: @autoclosure () -> String, hint: @autoclosure () -> String? = nil
) throws(SpecError) {
  try require(text.isAbsolutePath, path(), "must be an absolute path, not \(quoted(text))", hint: hint())
  try checkText(text, path())
}

/// Checks the `NAME=value` entries of an environment.
func checkEnvironment(_ entries: [String], _ path: @autoclosure () -> String) throws(SpecError) {
  for (index, entry) in entries.enumerated() {
    func at() -> String { "\(path())[\(index)]" }
    try require(
      entry.utf8.contains(UInt8(ascii: "=")), at(), "must have the form NAME=value, not \(quoted(entry))")
    try require(entry.utf8.first != UInt8(ascii: "="), at(), "must have a name before '='")
    try checkText(entry, at())
  }
}

/// Texts are compared by bytes here: Swift's own comparison is by grapheme clusters, where a path followed
/// by a combining mark would not begin with "/".
extension String {
  var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

  func hasBytes(_ prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  func hasByte(_ byte: UInt8) -> Bool { utf8.contains(byte) }

  var hasLineBreak: Bool { hasByte(0x0A) || hasByte(0x0D) }
}
