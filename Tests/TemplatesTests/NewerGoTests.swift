import Testing

@testable import Templates

/// What came to text/template lately (Go 1.22 to 1.24), and where this library differs from it on purpose.
@Suite struct NewerGoTests {
  @Test(arguments: [
    Case("{{range 3}}{{.}},{{end}}", "0,1,2,"),
    Case("{{range $i := 2}}{{$i}}{{end}}", "01"),
    Case("{{range 0}}x{{else}}none{{end}}", "none"),
    Case("{{range .Negative}}x{{else}}none{{end}}", "none"),
    Case("{{range len .Args}}{{.}}{{end}}", "01"),
    Case("{{$x := 1}}{{range $x = .Args}}{{end}}{{$x}}", "echo hi"),
    Case("{{with .Empty}}a{{else with .Name}}b{{.}}{{else}}c{{end}}", "b/web"),
    Case("{{with .Empty}}a{{else with .Zero}}b{{else}}c{{.ID}}{{end}}", "c4f66ad9c0b2e"),
    // Go prints the address of a record within a record.
    Case("{{.State}}", "{running true 4711 0  {healthy 0 [{0 ok\n} {1 bad}]}}"),
    Case("{{print .State.Health}}", "&{healthy 0 [{0 ok\n} {1 bad}]}"),
    // Go may cut a character in two.
    Case(#"{{truncate "é" 1}}"#, "\u{FFFD}"),
    Case(#"{{define ""}}x{{end}}"#, "x"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case(
      "{{range $i, $j := 3}}{{end}}",
      #"template: :1:18: executing "" at <3>: can't use 3 to iterate over more than one variable"#),
    Case("{{if .Empty}}a{{else with .Name}}b{{end}}", "template: :1: unexpected <with> in input"),
    Case("{{call .Name}}", #"template: :1: function "call" is not supported: no value here is a function"#),
    Case("{{1i}}", #"template: :1: illegal number syntax: "1i""#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
