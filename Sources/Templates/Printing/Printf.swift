/// `printf`: text with directives, whose form is that of Go's fmt.
struct Printf {
  /// Widths and precisions that are larger are refused. Go's limit is a million; but each element of a list
  /// takes that width, and no terminal is as wide as this.
  static let maximumNumber = 1000

  private let format: [Unicode.Scalar]
  private let arguments: [TemplateValue]
  private let limits: Limits
  private var position = 0
  private var argument = 0
  /// Arguments were chosen by number, so that some may be left over.
  private var isReordered = false
  private var isBadIndex = false
  private var result = ""

  /// Formats arguments. What does not fit is shown in the text, as in `%!d(string=x)`.
  /// - Throws: what the functions of lazy fields throw; an error for a text longer than the limit.
  static func text(_ format: String, _ arguments: [TemplateValue], _ limits: Limits) throws -> String {
    var printf = Printf(format: Array(format.unicodeScalars), arguments: arguments, limits: limits)
    return try printf.run()
  }

  private init(format: [Unicode.Scalar], arguments: [TemplateValue], limits: Limits) {
    self.format = format
    self.arguments = arguments
    self.limits = limits
  }

  private mutating func run() throws -> String {
    while position < format.count {
      try limits.check(result.utf8.count)
      let scalar = format[position]
      position += 1
      if scalar == "%" {
        isBadIndex = false
        try directive()
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    if !isReordered, argument < arguments.count {
      let extra = try arguments[argument...].map { value in
        if case .null = value { return "<nil>" }
        return "\(value.typeName)=\(try ValueText.plain(value))"
      }
      result += "%!(EXTRA \(extra.joined(separator: ", ")))"
    }
    return result
  }

  private mutating func directive() throws {
    var directive = Directive()
    flags(&directive)
    var afterIndex = index()
    if peek == "*" {
      position += 1
      directive.width = starNumber("WIDTH")
      if let width = directive.width, width < 0 {
        directive.width = -width
        directive.minus = true
        directive.zero = false
      }
      afterIndex = false
    } else {
      directive.width = number()
      if afterIndex, directive.width != nil { isBadIndex = true }
    }
    if peek == "." {
      position += 1
      if afterIndex { isBadIndex = true }
      afterIndex = index()
      if peek == "*" {
        position += 1
        directive.precision = starNumber("PREC")
        if let precision = directive.precision, precision < 0 {
          directive.precision = nil
          result += "%!(BADPREC)"
        }
        afterIndex = false
      } else {
        directive.precision = number() ?? 0
      }
    }
    if !afterIndex { _ = index() }
    guard position < format.count else {
      result += "%!(NOVERB)"
      return
    }
    directive.verb = format[position]
    position += 1
    try apply(directive)
  }

  private mutating func apply(_ directive: Directive) throws {
    if directive.verb == "%" {
      result += "%"
    } else if isBadIndex {
      result += "%!\(directive.verb)(BADINDEX)"
    } else if argument >= arguments.count {
      result += "%!\(directive.verb)(MISSING)"
    } else {
      result += try ValueText.text(arguments[argument], directive)
      argument += 1
    }
  }

  private var peek: Unicode.Scalar? { position < format.count ? format[position] : nil }

  private mutating func flags(_ directive: inout Directive) {
    while let flag = peek {
      switch flag {
      case "-":
        directive.minus = true
        directive.zero = false
      case "+": directive.plus = true
      case "#": directive.sharp = true
      case " ": directive.space = true
      case "0": directive.zero = !directive.minus
      default: return
      }
      position += 1
    }
  }

  /// Reads a number. Nil if there is none or if it is too large.
  private mutating func number() -> Int? {
    var value: Int?
    while let digit = peek, ("0"..."9").contains(digit) {
      value = (value ?? 0) * 10 + Int(digit.value - 0x30)
      position += 1
      if value! > Printf.maximumNumber {
        // Nothing that follows can be trusted, so that no verb is found.
        position = format.count
        return nil
      }
    }
    return value
  }

  /// Takes a width or a precision from the arguments.
  private mutating func starNumber(_ name: String) -> Int? {
    var value: Int?
    if argument < arguments.count {
      if case .int(let number) = arguments[argument], number.magnitude <= Printf.maximumNumber {
        value = number
      }
      argument += 1
    }
    if value == nil { result += "%!(BAD\(name))" }
    return value
  }

  /// Reads `[n]`, which chooses the next argument. False if there is none.
  private mutating func index() -> Bool {
    guard peek == "[" else { return false }
    isReordered = true
    guard let end = format[position...].firstIndex(of: "]") else {
      position += 1
      isBadIndex = true
      return false
    }
    let digits = String(String.UnicodeScalarView(format[position + 1..<end]))
    position = end + 1
    guard let value = Int(digits), value >= 1, value <= arguments.count else {
      isBadIndex = true
      return true
    }
    argument = value - 1
    return true
  }
}
