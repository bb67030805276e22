/// `json split join title lower upper pad truncate`: docker's additions.
///
/// Lengths are in bytes, as in docker; a character that is cut in two becomes U+FFFD.
extension TemplateFunction {
  static let docker: [String: TemplateFunction] = [
    "json": TemplateFunction([.any], makesText: true) { values, _ in .string(try (values[0] ?? .null).json())
    },
    "split": TemplateFunction([.string, .string], makesText: true) { values, limits in
      .strings(try split(values.string(0), values.string(1), limits))
    },
    "join": TemplateFunction([.strings, .string], makesText: true) { values, limits in
      guard case .list(let parts) = values[0] else { return .string("") }
      let separator = values.string(1)
      try limits.check(separator.utf8.count * parts.count)
      return .string(parts.map(\.text).joined(separator: separator))
    },
    "title": TemplateFunction([.string], makesText: true) { values, _ in .string(title(values.string(0))) },
    "lower": TemplateFunction([.string], makesText: true) { values, _ in
      .string(mapped(values.string(0)) { $0.properties.lowercaseMapping })
    },
    "upper": TemplateFunction([.string], makesText: true) { values, _ in
      .string(mapped(values.string(0)) { $0.properties.uppercaseMapping })
    },
    "pad": TemplateFunction([.string, .int, .int], makesText: true) { values, limits in
      let text = values.string(0)
      if text.isEmpty { return .string("") }
      let (before, after) = (values.int(1), values.int(2))
      guard before >= 0, after >= 0 else { throw FunctionFailure("strings: negative Repeat count") }
      try limits.check(before)
      try limits.check(after)
      return .string(String(repeating: " ", count: before) + text + String(repeating: " ", count: after))
    },
    "truncate": TemplateFunction([.string, .int], makesText: true) { values, _ in
      let (text, length) = (values.string(0), values.int(1))
      guard length >= 0 else { throw FunctionFailure("slice bounds out of range [:\(length)]") }
      return .string(
        text.utf8.count <= length ? text : String(decoding: text.utf8.prefix(length), as: UTF8.self))
    },
  ]

  /// The columns' names stay as they are, whatever is done with the columns. Only `pad` pads them too.
  static let headers: [String: TemplateFunction] = [
    "json": TemplateFunction([.string]) { values, _ in values[0] },
    "split": TemplateFunction([.string, .string]) { values, _ in values[0] },
    "join": TemplateFunction([.string, .string]) { values, _ in values[0] },
    "title": TemplateFunction([.string]) { values, _ in values[0] },
    "lower": TemplateFunction([.string]) { values, _ in values[0] },
    "upper": TemplateFunction([.string]) { values, _ in values[0] },
    "truncate": TemplateFunction([.string, .int]) { values, _ in values[0] },
  ]

  private static func split(_ text: String, _ separator: String, _ limits: Limits) throws -> [String] {
    if separator.isEmpty {
      try limits.check(text.utf8.count * TemplateValue.costOfElement)
      return text.unicodeScalars.map { String($0) }
    }
    let bytes = Array(text.utf8)
    let wanted = Array(separator.utf8)
    var parts: [String] = []
    var start = 0
    var place = 0
    while place + wanted.count <= bytes.count {
      if bytes[place] == wanted[0], bytes[place...].starts(with: wanted) {
        parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
        place += wanted.count
        start = place
        try limits.check(parts.count * TemplateValue.costOfElement)
      } else {
        place += 1
      }
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  /// Changes character by character; one that would become several stays.
  private static func mapped(_ text: String, _ form: (Unicode.Scalar) -> String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let changed = form(scalar).unicodeScalars
      result.append(changed.count == 1 ? changed.first! : scalar)
    }
    return String(result)
  }

  /// Each word's first letter in title case; a word begins after anything but letters, digits and `_`.
  private static func title(_ text: String) -> String {
    var isAfterWord = false
    return mapped(text) { scalar in
      let isFirst = !isAfterWord
      isAfterWord = !isSeparator(scalar)
      return isFirst ? scalar.properties.titlecaseMapping : String(scalar)
    }
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return !(scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
      return false
    default: return scalar.properties.isWhitespace
    }
  }
}
