import Testing

@testable import OCISpec

struct Malformed: CustomTestStringConvertible, Sendable {
  var text: [UInt8]
  var error: String

  init(_ text: String, _ error: String) {
    self.init(Array(text.utf8), error)
  }

  init(_ text: [UInt8], _ error: String) {
    self.text = text
    self.error = error
  }

  var testDescription: String { String(decoding: text.prefix(60), as: UTF8.self) }
}

private let malformed: [Malformed] = [
  Malformed("", "t.json: is empty"),
  Malformed("  \n ", "t.json: line 2, column 2: expected a value, found the end of the text"),
  Malformed([0xEF, 0xBB, 0xBF] + "{}".utf8, "t.json: line 1, column 1: begins with a byte order mark"),
  // Objects.
  Malformed(
    "{", "t.json: line 1, column 2: expected a name in double quotes or '}', found the end of the text"),
  Malformed("{]", "t.json: line 1, column 2: expected a name in double quotes or '}', found ']'"),
  Malformed("{a: 1}", "t.json: line 1, column 2: expected a name in double quotes or '}', found 'a'"),
  Malformed(
    "{'a': 1}",
    "t.json: line 1, column 2: expected a name in double quotes or '}', found ''' (use double quotes)"),
  Malformed("{1: 1}", "t.json: line 1, column 2: expected a name in double quotes or '}', found '1'"),
  Malformed("{,}", "t.json: line 1, column 2: expected a name in double quotes or '}', found ','"),
  Malformed(#"{"a"}"#, "t.json: line 1, column 5: expected ':' after a name, found '}'"),
  Malformed(#"{"a" 1}"#, "t.json: line 1, column 6: expected ':' after a name, found '1'"),
  Malformed(#"{"a"="#, "t.json: line 1, column 5: expected ':' after a name, found '='"),
  Malformed(#"{"a"::1}"#, "t.json: line 1, column 6: expected a value, found ':'"),
  Malformed(#"{"a":}"#, "t.json: line 1, column 6: expected a value, found '}'"),
  Malformed(
    #"{"a":1"#, "t.json: line 1, column 7: expected ',' or '}' after a value, found the end of the text"),
  Malformed(
    "{\"a\": 1\n  \"b\": 2}", "t.json: line 2, column 3: expected ',' or '}' after a value, found '\"'"),
  Malformed(#"{"a":1;"b":2}"#, "t.json: line 1, column 7: expected ',' or '}' after a value, found ';'"),
  Malformed(#"{"a":1]"#, "t.json: line 1, column 7: expected ',' or '}' after a value, found ']'"),
  Malformed(
    "{\n\"a\": 1,\n}",
    "t.json: line 3, column 1: expected a name in double quotes after ',', found '}' (remove the comma before it)"
  ),
  Malformed(
    #"{"a":1,,"b":2}"#, "t.json: line 1, column 8: expected a name in double quotes after ',', found ','"),
  Malformed(
    "{\"a\":1,\n// note\n\"b\":2}",
    "t.json: line 2, column 1: expected a name in double quotes after ',', found '/' (JSON has no comments)"),
  Malformed(
    "# note\n{}", "t.json: line 1, column 1: expected a value, found '#' (JSON has no comments)"),
  // Arrays.
  Malformed("[", "t.json: line 1, column 2: expected a value, found the end of the text"),
  Malformed("[,]", "t.json: line 1, column 2: expected a value, found ','"),
  Malformed("[1", "t.json: line 1, column 3: expected ',' or ']' after a value, found the end of the text"),
  Malformed("[1 2]", "t.json: line 1, column 4: expected ',' or ']' after a value, found '2'"),
  Malformed("[1}", "t.json: line 1, column 3: expected ',' or ']' after a value, found '}'"),
  Malformed(
    "[1,]", "t.json: line 1, column 4: expected a value after ',', found ']' (remove the comma before it)"),
  Malformed("[1,,2]", "t.json: line 1, column 4: expected a value, found ','"),
  Malformed("[1,", "t.json: line 1, column 4: expected a value, found the end of the text"),
  Malformed("['a']", "t.json: line 1, column 2: expected a value, found ''' (use double quotes)"),
  // What follows.
  Malformed("{} {}", "t.json: line 1, column 4: expected the end of the text, found '{'"),
  Malformed("1 2", "t.json: line 1, column 3: expected the end of the text, found '2'"),
  Malformed("{}}", "t.json: line 1, column 3: expected the end of the text, found '}'"),
  Malformed(
    Array("{}".utf8) + [0], "t.json: line 1, column 3: expected the end of the text, found byte 0x00"),
  // Literals.
  Malformed("nul", "t.json: line 1, column 1: expected a value, found 'n'"),
  Malformed("True", "t.json: line 1, column 1: expected a value, found 'T'"),
  Malformed("[fals]", "t.json: line 1, column 2: expected a value, found 'f'"),
  Malformed("truee", "t.json: line 1, column 5: expected the end of the text, found 'e'"),
  Malformed("NaN", "t.json: line 1, column 1: expected a value, found 'N'"),
  Malformed("[Infinity]", "t.json: line 1, column 2: expected a value, found 'I'"),
  // Numbers.
  Malformed("-", "t.json: line 1, column 2: expected a digit, found the end of the text"),
  Malformed("[+1]", "t.json: line 1, column 2: expected a value, found '+'"),
  Malformed("[.5]", "t.json: line 1, column 2: expected a value, found '.'"),
  Malformed("[1.]", "t.json: line 1, column 4: expected a digit, found ']'"),
  Malformed("[1e]", "t.json: line 1, column 4: expected a digit, found ']'"),
  Malformed("[1e+]", "t.json: line 1, column 5: expected a digit, found ']'"),
  Malformed("[-a]", "t.json: line 1, column 3: expected a digit, found 'a'"),
  Malformed("[--1]", "t.json: line 1, column 3: expected a digit, found '-'"),
  Malformed("[01]", "t.json: line 1, column 2: a number must not begin with 0"),
  Malformed("[-01]", "t.json: line 1, column 2: a number must not begin with 0"),
  Malformed("[0x10]", "t.json: line 1, column 3: expected ',' or ']' after a value, found 'x'"),
  Malformed("[1_000]", "t.json: line 1, column 3: expected ',' or ']' after a value, found '_'"),
  // Strings.
  Malformed(#"["a]"#, "t.json: line 1, column 2: the string that begins here is not closed"),
  Malformed(#"["a\"#, "t.json: line 1, column 4: the string that begins here is not closed"),
  Malformed("[\"a\nb\"]", "t.json: line 1, column 4: the line ends inside a string"),
  Malformed("[\"a\tb\"]", "t.json: line 1, column 4: a string must not contain byte 0x09 unescaped"),
  Malformed("[\"a\u{0}b\"]", "t.json: line 1, column 4: a string must not contain byte 0x00 unescaped"),
  Malformed(#"["a\qb"]"#, "t.json: line 1, column 4: unknown escape in a string"),
  Malformed(#"["\x41"]"#, "t.json: line 1, column 3: unknown escape in a string"),
  Malformed(#"["\U0041"]"#, "t.json: line 1, column 3: unknown escape in a string"),
  Malformed(#"["\u12"]"#, "t.json: line 1, column 3: \\u needs four hexadecimal digits"),
  Malformed(#"["\u12G4"]"#, "t.json: line 1, column 3: \\u needs four hexadecimal digits"),
  Malformed(#"["\u"#, "t.json: line 1, column 3: \\u needs four hexadecimal digits"),
  Malformed(#"["\ud800"]"#, "t.json: line 1, column 3: half of a surrogate pair in a string"),
  Malformed(#"["\udc00"]"#, "t.json: line 1, column 3: half of a surrogate pair in a string"),
  Malformed(#"["\ud800\ud800"]"#, "t.json: line 1, column 3: half of a surrogate pair in a string"),
  Malformed(#"["\ud800\n"]"#, "t.json: line 1, column 3: half of a surrogate pair in a string"),
  // UTF-8: lone continuation, overlong, surrogate, beyond U+10FFFF, cut short, never used.
  Malformed(quotedBytes([0x80]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xC0, 0x80]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xC1, 0xBF]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xE0, 0x9F, 0xBF]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xED, 0xA0, 0x80]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xF0, 0x8F, 0xBF, 0xBF]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xF4, 0x90, 0x80, 0x80]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xC3]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xE2, 0x82]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed(quotedBytes([0xFE]), "t.json: line 1, column 2: invalid UTF-8 in a string"),
  Malformed([0xC3, 0xA9], "t.json: line 1, column 1: expected a value, found byte 0xc3"),
  // Columns count characters.
  Malformed("[\"é漢😀\" 1]", "t.json: line 1, column 8: expected ',' or ']' after a value, found '1'"),
  // Names.
  Malformed(#"{"a":1,"a":2}"#, "a: appears twice"),
  Malformed(#"{"a":1,"\u0061":2}"#, "a: appears twice"),
  Malformed(#"{"x":[{},{"b c":{"d":1,"e":2,"d":3}}]}"#, #"x[1]["b c"].d: appears twice"#),
  Malformed(
    "{" + (0..<40).map { "\"n\($0 % 39)\":0" }.joined(separator: ",") + "}", "n0: appears twice"),
]

private func quotedBytes(_ bytes: [UInt8]) -> [UInt8] { Array("\"".utf8) + bytes + Array("\"".utf8) }

@Test("Malformed text is refused with its place", arguments: malformed)
func malformedText(_ example: Malformed) {
  #expect(errorText { _ = try JSONDocument(example.text, name: "t.json") } == example.error)
}

@Test func nestingIsBounded() {
  func nested(_ depth: Int) -> [UInt8] {
    Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
  }
  #expect(errorText { _ = try JSONDocument(nested(128), name: "t.json") } == "no error")
  #expect(
    errorText { _ = try JSONDocument(nested(129), name: "t.json") }
      == "t.json: line 1, column 129: is nested more than 128 levels deep")
  // Far deeper than the stack would stand.
  let deep = Array(String(repeating: #"{"a":["#, count: 1_000_000).utf8)
  #expect(
    errorText { _ = try JSONDocument(deep, name: "t.json") }
      == "t.json: line 1, column 385: is nested more than 128 levels deep")
}

@Test func sizeIsBounded() {
  let spaces = [UInt8](repeating: 0x20, count: JSONDocument.maximumSize - 2)
  #expect(errorText { _ = try JSONDocument(spaces + Array("{}".utf8), name: "t.json") } == "no error")
  #expect(
    errorText { _ = try JSONDocument(spaces + Array("{ }".utf8), name: "t.json") }
      == "t.json: is larger than 16 MiB")
}

@Test(
  "Well-formed text is read",
  arguments: [
    ("{}", JSONDocument.Kind.object), (" [ ] ", .array), ("\t\"\"\r\n", .string), ("0", .number),
    ("-0.0E-0", .number),
    ("true", .true), ("false", .false), ("null", .null), (#"{"a":{"b":[1,2,{}]},"c":""}"#, .object),
    (#"["\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00", "\u0000"]"#, .array),
    ("\"\u{7F}\u{85}\u{2028}\u{10FFFF}\"", .string),
  ])
func wellFormedText(_ text: String, _ kind: JSONDocument.Kind) throws {
  #expect(try JSONDocument(Array(text.utf8), name: "t.json").root.kind == kind)
}
