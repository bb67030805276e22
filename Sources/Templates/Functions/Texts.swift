/// `print printf println html js urlquery`
extension TemplateFunction {
  static let texts: [String: TemplateFunction] = [
    "print": TemplateFunction([], rest: .any, makesText: true) { values, limits in
      .string(try printed(values, limits))
    },
    "println": TemplateFunction([], rest: .any, makesText: true) { values, limits in
      .string(try printed(values, limits, spaces: true) + "\n")
    },
    "printf": TemplateFunction([.string], rest: .any, makesText: true) { values, limits in
      let arguments = values.dropFirst().map { $0 ?? .null }
      return .string(try Printf.text(values.string(0), arguments, limits))
    },
    "html": TemplateFunction([], rest: .any, makesText: true) { values, limits in
      .string(try escape(values, limits) { html($0) })
    },
    "js": TemplateFunction([], rest: .any, makesText: true) { values, limits in
      .string(try escape(values, limits) { js($0) })
    },
    "urlquery": TemplateFunction([], rest: .any, makesText: true) { values, limits in
      .string(try escape(values, limits) { urlQuery($0) })
    },
  ]

  /// The values one after the other, with a space between two of which neither is a string, or between any
  /// two.
  private static func printed(
    _ values: [TemplateValue?], _ limits: Limits, spaces: Bool = false, isPrinted: Bool = false
  ) throws -> String {
    var text = ""
    var wasString = true
    for (index, value) in values.enumerated() {
      var isString = false
      if case .string = value { isString = true }
      if spaces ? index > 0 : !isString && !wasString { text += " " }
      text += try ValueText.plain(value ?? .null, isPrinted: isPrinted)
      wasString = isString
      try limits.check(text.utf8.count)
    }
    return text
  }

  private static func escape(
    _ values: [TemplateValue?], _ limits: Limits, _ form: (Unicode.Scalar) -> String?
  ) throws -> String {
    var result = ""
    for scalar in try printed(values, limits, isPrinted: true).unicodeScalars {
      if let escaped = form(scalar) { result += escaped } else { result.unicodeScalars.append(scalar) }
      try limits.check(result.utf8.count)
    }
    return result
  }

  private static func html(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\u{0}": return "\u{FFFD}"
    case "\"": return "&#34;"
    case "'": return "&#39;"
    case "&": return "&amp;"
    case "<": return "&lt;"
    case ">": return "&gt;"
    default: return nil
    }
  }

  private static func js(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\\", "'", "\"": return "\\\(scalar)"
    case "<", ">", "&", "=": return "\\u" + GoQuote.hex(scalar.value, digits: 4, uppercase: true)
    default:
      let isPlain = scalar.isASCII ? scalar.value >= 0x20 : GoQuote.isPrintable(scalar)
      return isPlain ? nil : "\\u" + GoQuote.hex(scalar.value, digits: 4, uppercase: true)
    }
  }

  private static func urlQuery(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "~": return nil
    case " ": return "+"
    default:
      return String(scalar).utf8.map { "%" + GoQuote.hex(UInt32($0), digits: 2, uppercase: true) }.joined()
    }
  }
}
