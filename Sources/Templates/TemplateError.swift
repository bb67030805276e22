/// Why a template cannot be read or carried out, in the words of Go's text/template.
///
/// People paste these messages into search engines; so they are kept, though they do not follow this
/// project's form of messages.
public struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// When it was found.
  public enum Stage: Equatable, Sendable {
    /// The template's text is not a template.
    case parsing
    /// The template does not fit the value that it was given.
    case execution
  }

  /// When it was found.
  public let stage: Stage
  /// The line of the template's text, from 1.
  public let line: Int
  /// The byte of that line, from 0; nil while parsing.
  public let column: Int?
  /// What is wrong, without the place.
  public let reason: String
  /// The whole message, as in `template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type
  /// State`.
  public let description: String

  /// The message that docker prints: `template parsing error: ` and the description.
  public var commandLineMessage: String { "template parsing error: \(description)" }

  static func parsing(_ reason: String, name: String, line: Int) -> TemplateError {
    TemplateError(
      stage: .parsing, line: line, column: nil, reason: reason,
      description: "template: \(name):\(line): \(reason)")
  }
}
