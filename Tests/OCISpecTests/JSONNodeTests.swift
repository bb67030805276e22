import Testing

@testable import OCISpec

private func root(_ text: String) throws -> JSONNode {
  try JSONDocument(Array(text.utf8), name: "t.json").root
}

@Test(
  "Strings are decoded",
  arguments: [
    (#""plain""#, "plain"), (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""\u0041\u00e9\u6f22\ud83d\ude00x""#, "Aé漢😀x"), ("\"é漢😀\"", "é漢😀"), (#""\uFFFD""#, "\u{FFFD}"),
    (#""a\u0301""#, "a\u{301}"),
  ])
func strings(_ text: String, _ value: String) throws {
  #expect(Array(try root(text).string().utf8) == Array(value.utf8))
}

@Test(
  "Whole numbers are read exactly",
  arguments: [
    ("0", 0), ("-0", 0), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("42", 42),
  ])
func integers(_ text: String, _ value: Int64) throws {
  #expect(try root(text).integer(Int64.self) == value)
}

@Test func unsignedExtremes() throws {
  #expect(try root("18446744073709551615").integer(UInt64.self) == UInt64.max)
  #expect(try root("-0").integer(UInt32.self) == 0)
  #expect(try root("-128").integer(Int8.self) == -128)
}

@Test(
  "Numbers that do not fit are refused",
  arguments: [
    ("256", "the document: must be at most 255, not 256"),
    ("-1", "the document: must not be negative"),
    ("-99999999999999999999999", "the document: must not be negative"),
    ("1.0", "the document: must be a whole number, not 1.0"),
    ("1e2", "the document: must be a whole number, not 1e2"),
    ("\"1\"", "the document: must be a whole number, not a string"),
    ("null", "the document: must be a whole number, not null"),
    ("18446744073709551616", "the document: must be at most 255, not 18446744073709551616"),
    (
      "1" + String(repeating: "0", count: 60),
      "the document: must be at most 255, not 1000000000000000000000000000000000000000..."
    ),
  ])
func unfitBytes(_ text: String, _ error: String) {
  #expect(errorText { _ = try root(text).integer(UInt8.self) } == error)
}

@Test(
  "Signed numbers that do not fit are refused",
  arguments: [
    ("9223372036854775808", "the document: must be at most 9223372036854775807, not 9223372036854775808"),
    ("-9223372036854775809", "the document: must be at least -9223372036854775808, not -9223372036854775809"),
    (
      "-18446744073709551616",
      "the document: must be at least -9223372036854775808, not -18446744073709551616"
    ),
  ])
func unfitSigned(_ text: String, _ error: String) {
  #expect(errorText { _ = try root(text).integer(Int64.self) } == error)
}

@Test func membersAreFoundByTheirMeaning() throws {
  let object = try root(#"{"a":1,"\u0062":2,"c":null,"":4,"ab":5}"#).object()
  #expect(try object.integer("a", as: Int.self) == 1)
  #expect(try object.integer("b", as: Int.self) == 2)
  #expect(object["c"] == nil)
  #expect(object["d"] == nil)
  #expect(try object.integer("", as: Int.self) == 4)
  #expect(object.members.map(\.name) == ["a", "b", "c", "", "ab"])
  #expect(errorText { _ = try object.required("c") } == "c: is required")
}

@Test func pathsLeadToTheirValues() throws {
  let node = try root(#"{"a":[0,{"b.c":[true]}],"d":{"":[[],[1]]}}"#)
  let first = try #require(try node.object()["a"])
  let deep = try first.array { (element) throws(SpecError) in element }[1].object()["b.c"]
  #expect(try deep?.array { (element) throws(SpecError) in element.path } == [#"a[1]["b.c"][0]"#])
  let last = try #require(try node.object()["d"]?.object()[""])
  #expect(try last.array { (element) throws(SpecError) in element.path } == [#"d[""][0]"#, #"d[""][1]"#])
}

@Test func hostileNamesStayOnOneLine() {
  let text = #"{"a":{"\u001b[31m\n\u202e\u2028x":{"b":1,"b":2}}}"#
  #expect(
    errorText { _ = try root(text) } == #"a["\u{1b}[31m\u{a}\u{202e}\u{2028}x"].b: appears twice"#)
}

@Test func equalNamesInOtherUnicodeFormsAreRefused() throws {
  let object = try root("{\"m\":{\"\u{e9}\":\"1\",\"e\u{301}\":\"2\"}}").object()
  #expect(errorText { _ = try object.stringDictionary("m") } == "m[\"e\u{301}\"]: appears twice")
}

@Test func sourceIsByteForByte() throws {
  let node = try root(#" {"a" : [ 1, "x\u0041" ] } "#)
  let member = try #require(try node.object()["a"])
  #expect(String(decoding: member.source, as: UTF8.self) == #"[ 1, "x\u0041" ]"#)
  #expect(
    try member.array { (element) throws(SpecError) in String(decoding: element.source, as: UTF8.self) }
      == ["1", #""x\u0041""#])
}
