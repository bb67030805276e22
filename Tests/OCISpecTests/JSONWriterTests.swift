import Testing

@testable import OCISpec

private func text(_ value: JSONValue, _ layout: JSONWriter.Layout = .compact) -> String {
  String(decoding: value.json(layout), as: UTF8.self)
}

private let sample: JSONValue = ["z": 1, "a": [true, nil, []], "e": [:], "s": "x"]

@Test func compactLayout() {
  #expect(text(sample) == #"{"z":1,"a":[true,null,[]],"e":{},"s":"x"}"#)
}

@Test func indentedLayout() {
  #expect(
    text(sample, .indented(2)) == """
      {
        "z": 1,
        "a": [
          true,
          null,
          []
        ],
        "e": {},
        "s": "x"
      }
      """)
}

@Test(
  "Strings are escaped",
  arguments: [
    ("", #""""#), ("a\"b\\c/d", #""a\"b\\c/d""#), ("\u{8}\t\n\u{c}\r", #""\b\t\n\f\r""#),
    ("\u{0}\u{1}\u{1f}\u{7f}", #""\u0000\u0001\u001f\u007f""#), ("é漢😀", "\"é漢😀\""), ("\"", #""\"""#),
  ])
func escapes(_ value: String, _ json: String) throws {
  #expect(text(.string(value)) == json)
  // What is written must be read back; NUL is the one character the reader refuses.
  if !value.utf8.contains(0) { #expect(try JSONDocument(Array(json.utf8), name: "t").root.string() == value) }
}

@Test func malformedOutputBecomesReplacementCharacters() throws {
  var writer = JSONWriter()
  writer.string(bytes: [0x61, 0xFF, 0xC3, 0x62, 0xE2, 0x82])
  #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"a\u{FFFD}\u{FFFD}b\u{FFFD}\"")
}

@Test func numbers() {
  #expect(text(.integer(.min)) == "-9223372036854775808")
  #expect(text(.unsigned(.max)) == "18446744073709551615")
  #expect(text(.double(0.1)) == "0.1")
  #expect(text(.double(1e300)) == "1e+300")
  #expect(text(.double(.infinity)) == "null")
  #expect(text(.double(.nan)) == "null")
}

@Test func nodesAreWrittenInTheWritersLayout() throws {
  let document = try JSONDocument(Array(#"{"b" : [1.50, "\u0041"], "a":{}}"#.utf8), name: "t")
  #expect(String(decoding: document.root.json(), as: UTF8.self) == #"{"b" : [1.50, "\u0041"], "a":{}}"#)
  #expect(
    String(decoding: document.root.json(.indented(1)), as: UTF8.self)
      == "{\n \"b\": [\n  1.50,\n  \"\\u0041\"\n ],\n \"a\": {}\n}")
}
