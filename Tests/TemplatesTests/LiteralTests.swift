import Testing

@testable import Templates

/// Literals. What is expected is what Go's text/template says to the same.
@Suite struct LiteralTests {
  @Test(arguments: [
    Case("{{1}} {{-1}} {{+1}} {{0}}", "1 -1 1 0"),
    Case("{{0x1F}} {{0b101}} {{0o17}} {{017}} {{1_000}}", "31 5 15 15 1000"),
    Case(
      "{{1.5}} {{-1.5}} {{1e3}} {{1.0}} {{.5}} {{1e6}} {{1e-7}} {{1e21}} {{123456789.5}}",
      "1.5 -1.5 1000 1 0.5 1e+06 1e-07 1e+21 1.234567895e+08"),
    Case("{{0x1p4}} {{0x1p-2}}", "16 0.25"),
    Case(
      #"{{'a'}} {{'\n'}} {{'é'}} {{'\x41'}} {{'\u263a'}} {{'\''}} {{'\\'}} {{'\101'}}"#,
      "97 10 233 65 9786 39 92 65"),
    Case(#"{{"a\tb\n\"c\" \\ \x41 \u263a \U0001F600 \101"}}"#, "a\tb\n\"c\" \\ A \u{263A} \u{1F600} A"),
    Case(#"{{`raw \n "x"`}}"#, #"raw \n "x""#),
    Case("{{``}}", ""),
    Case(#"b"}}"#, #"b"}}"#),
    Case("{{9223372036854775807}}", "9223372036854775807"),
    Case("{{-9223372036854775808}}", "-9223372036854775808"),
    Case("{{0x_1}}", "1"),
    Case(#"{{len "größe"}}"#, "7"),
    Case("b`}}", "b`}}"),
    Case("{{`a\n\"b\"`}}", "a\n\"b\""),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case(#"{{"\q"}}"#, "template: :1: invalid syntax"),
    Case(#"{{"\x4"}}"#, "template: :1: invalid syntax"),
    Case(#"{{"\400"}}"#, "template: :1: invalid syntax"),
    Case("{{'ab'}}", "template: :1: malformed character constant: 'ab'"),
    Case("{{''}}", "template: :1: invalid syntax"),
    Case(#"{{"unfinished}}"#, "template: :1: unterminated quoted string"),
    Case("{{`unfinished}}", "template: :1: unterminated raw quoted string"),
    Case("{{'x}}", "template: :1: unterminated character constant"),
    Case(#"{{"a"#, "template: :1: unterminated quoted string"),
    Case(
      "{{9223372036854775808}}",
      #"template: :1:2: executing "" at <9223372036854775808>: 9223372036854775808 overflows int"#),
    Case("{{-9223372036854775809}}", #"template: :1: integer overflow: "-9223372036854775809""#),
    Case(
      "{{18446744073709551615}}",
      #"template: :1:2: executing "" at <18446744073709551615>: 18446744073709551615 overflows int"#),
    Case("{{18446744073709551616}}", #"template: :1: integer overflow: "18446744073709551616""#),
    Case("{{1__0}}", #"template: :1: illegal number syntax: "1__0""#),
    Case("{{1_}}", #"template: :1: illegal number syntax: "1_""#),
    Case("{{0x}}", #"template: :1: illegal number syntax: "0x""#),
    Case("{{08}}", #"template: :1: integer overflow: "08""#),
    Case("{{1x}}", #"template: :1: bad number syntax: "1x""#),
    Case("{{1.2.3}}", #"template: :1: unexpected ".3" in operand"#),
    Case("{{1e}}", #"template: :1: illegal number syntax: "1e""#),
    Case("{{1e400}}", #"template: :1: illegal number syntax: "1e400""#),
    Case("{{+}}", #"template: :1: illegal number syntax: "+""#),
    Case("{{-}}", #"template: :1: illegal number syntax: "-""#),
    Case("{{0xG}}", #"template: :1: bad number syntax: "0xG""#),
    Case("{{1a}}", #"template: :1: bad number syntax: "1a""#),
    Case("{{truex}}", #"template: :1: function "truex" not defined"#),
    Case("{{nilx}}", #"template: :1: function "nilx" not defined"#),
    Case("{{len `a", "template: :1: unterminated raw quoted string"),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
