/// What is wrong with a configuration, and where.
///
/// Texts are lower case without a full stop and fit on one line.
public struct SpecError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The JSON path, as in `mounts[3].destination`; for malformed text the document's name with line and
  /// column.
  public var path: String
  /// What is wrong, as in `must be a whole number, not a string`.
  public var reason: String
  /// What a person can do.
  public var hint: String?

  public init(_ path: String, _ reason: String, hint: String? = nil) {
    self.path = path
    self.reason = reason
    self.hint = hint
  }

  public var description: String {
    var text = path.isEmpty ? reason : path + ": " + reason
    if let hint { text += " (" + hint + ")" }
    return text
  }
}
