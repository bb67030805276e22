import Testing

@testable import Templates

/// No template exhausts the stack or the memory, or runs for ever.
@Suite struct LimitTests {
  private static let deep = Parser.maximumDepth * 20

  private func failure(_ template: String, _ limits: Limits = Limits()) -> String? {
    #expect(throws: TemplateError.self) {
      try Template(template).render(container(), missingKey: .noValue, limits: limits)
    }?.reason
  }

  private func nested(_ opening: String, _ inner: String, _ closing: String, _ count: Int) -> String {
    String(repeating: opening, count: count) + inner + String(repeating: closing, count: count)
  }

  @Test(arguments: [
    ("(", ")"), ("(print ", ")"), ("(not (", "))"), ("(index (slice ", ") 0)"), ("(1 | print ", ")"),
  ])
  func deepParentheses(_ opening: String, _ closing: String) {
    let refusal = "nested more than \(Parser.maximumDepth) levels deep"
    #expect(failure("{{" + nested(opening, "1", closing, LimitTests.deep) + "}}") == refusal)
  }

  @Test(arguments: ["if", "with", "range", "block \"x\"", "if .Empty}}{{else if"])
  func deepStatements(_ keyword: String) {
    let refusal = "nested more than \(Parser.maximumDepth) levels deep"
    #expect(failure(nested("{{\(keyword) .Args}}", "x", "{{end}}", LimitTests.deep)) == refusal)
    #expect(failure(nested("{{\(keyword) .Args}}", "x", "", LimitTests.deep)) == refusal)
  }

  @Test func whatPeopleWriteIsNotDeep() throws {
    let text = "{{" + nested("(print ", "1", ")", 40) + "}}" + nested("{{if .Args}}", "x", "{{end}}", 15)
    #expect(try Template(text).render(container()) == "1x")
    let chain = "{{if eq .Pid 0}}0" + (1..<50).map { "{{else if eq .Pid \($0)}}\($0)" }.joined() + "{{end}}"
    #expect(try Template("{{with .State}}\(chain){{end}}").render(container()) == "")
  }

  @Test(arguments: [
    #"{{define "x"}}{{template "x"}}{{end}}{{template "x"}}"#,
    #"{{define "x"}}{{template "y"}}{{end}}{{define "y"}}{{template "x"}}{{end}}{{template "x"}}"#,
    #"{{define "x"}}{{with print (print .)}}{{range 1}}{{template "x" 1}}{{end}}{{end}}{{end}}{{template "x" 1}}"#,
    #"x{{template ""}}"#,
  ])
  func recursion(_ template: String) {
    #expect(failure(template) == "exceeded maximum template depth (100)")
  }

  @Test func endlessLoops() {
    let steps = Limits(steps: 10_000)
    let refusal = "the template takes more than 10000 steps"
    #expect(failure("{{range 1000000000}}{{end}}", steps) == refusal)
    #expect(failure("{{range 1000}}{{range 1000}}{{end}}{{end}}", steps) == refusal)
    #expect(failure("{{range 9223372036854775807}}{{continue}}{{end}}", steps) == refusal)
  }

  @Test(arguments: [
    #"{{$x := "a"}}{{range 100}}{{$x = print $x $x}}{{end}}"#,
    #"{{$x := "a"}}{{range 100}}{{$x = printf "%s%s" $x $x}}{{end}}"#,
    #"{{$x := "<"}}{{range 100}}{{$x = html $x}}{{$x = print $x $x}}{{end}}"#,
    #"{{$x := "a,"}}{{range 100}}{{$x = join (split (print $x $x) ",") "---"}}{{end}}"#,
    #"{{$x := pad "a" 1000000 0}}{{len (split $x "")}}"#,
    #"{{$x := pad "a" 1000000 0}}{{len (split $x " ")}}"#,
    #"{{$x := pad "a" 10000 0}}{{join (split $x " ") $x}}"#,
    #"{{pad "a" 9223372036854775807 9223372036854775807}}"#, #"{{pad "a" 5000000000 0}}"#,
    #"{{range 1000000}}some text that is printed{{end}}"#,
    #"{{printf "%1000d%1000d%1000d" (split (pad "a" 10000 0) "") 1 2}}"#,
  ])
  func muchText(_ template: String) {
    let reason = failure(template, Limits(bytes: 1 << 20))
    #expect(reason?.contains("1048576 bytes") == true)
  }

  @Test func widths() throws {
    #expect(try Template(#"{{printf "%1000d" 1}}"#).render(.null).utf8.count == 1000)
    #expect(try Template(#"{{printf "%1001d|" 1}}"#).render(.null) == "%!(NOVERB)%!(EXTRA int=1)")
    #expect(try Template(#"{{printf "%99999999999999999999d" 1}}"#).render(.null).hasPrefix("%!(NOVERB)"))
    #expect(try Template(#"{{printf "%*d" 5000 1}}"#).render(.null) == "%!(BADWIDTH)1")
    #expect(try Template(#"{{printf "%.1000f" 1e308}}"#).render(.null).utf8.count == 1310)
    #expect(try Template(#"{{printf "%.900f" 5e-324}}"#).render(.null).utf8.count == 902)
  }

  /// A value that contains itself, as far as anybody can tell.
  @Test func endlessValues() {
    func endless() -> TemplateValue {
      .record(TemplateRecord("T", [.lazy("Next") { endless() }]))
    }
    for template in ["{{.}}", "{{json .}}", "{{printf \"%#v\" .}}", "{{print .}}", "{{html .}}"] {
      let error = #expect(throws: TemplateError.self) { try Template(template).renderInspected(endless()) }
      #expect(error?.reason.contains("nested too deep") == true)
    }
  }
}
