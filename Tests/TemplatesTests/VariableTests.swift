import Testing

@testable import Templates

/// Variables. What is expected is what Go's text/template says to the same.
@Suite struct VariableTests {
  @Test(arguments: [
    Case("{{$x := .Name}}{{$x}}", "/web"),
    Case(#"{{$x := .Name}}{{$x = "b"}}{{$x}}"#, "b"),
    Case("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"),
    Case("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
    Case("{{$x := 0}}{{range .Args}}{{$x = .}}{{end}}{{$x}}", "echo hi"),
    Case("{{$x := .State}}{{$x.Status}} {{$x.Health.Log}}", "running [{0 ok\n} {1 bad}]"),
    Case(#"{{$x := 1 | printf "%v"}}{{$x}}"#, "1"),
    Case("{{$ := 3}}{{$}}", "3"),
    Case("{{$x := .Labels.nope}}{{$x}}|{{$x.y}}", "<no value>|<no value>"),
    Case("{{$é := 1}}{{$é}}", "1"),
    Case("{{($x := 3)}}{{$x}}", "33"),
    Case("{{with $x := 0}}{{else}}{{$x}}{{end}}", "0"),
    Case("{{range $i, $e := .Args}}{{$i}}{{else}}{{$i}}{{end}}", "01"),
    Case("{{range $i, $e := .NilList}}{{else}}{{$i}}{{$e}}{{end}}", "[][]"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case("{{$x}}", #"template: :1: undefined variable "$x""#),
    Case("{{$x = 1}}", #"template: :1:7: executing "" at <1>: undefined variable: $x"#),
    Case("{{if true}}{{$x := 1}}{{end}}{{$x}}", #"template: :1: undefined variable "$x""#),
    Case("{{$x := }}", "template: :1: missing value for command"),
    Case("{{$x, $y := .Args}}", "template: :1: too many declarations in command"),
    Case("{{$x := nil}}", #"template: :1:8: executing "" at <nil>: nil is not a command"#),
    Case(
      #"{{$x := 1}}{{$x "y"}}"#,
      #"template: :1:13: executing "" at <$x>: can't give argument to non-function $x"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
