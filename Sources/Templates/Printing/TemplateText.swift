/// Texts as Go writes them, for the values of rows.
public enum TemplateText {
  /// The text in double quotes, with what cannot be seen escaped, as by Go's `strconv.Quote`.
  public static func quoted(_ text: String) -> String { GoQuote.quoted(text) }
}
