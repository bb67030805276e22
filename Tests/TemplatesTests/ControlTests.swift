import Testing

@testable import Templates

/// `if`, `with`, `range`, `define`, `template`, `block`. What is expected is what Go's text/template says to
/// the same.
@Suite struct ControlTests {
  @Test(arguments: [
    Case("{{if .Name}}yes{{end}}", "yes"),
    Case("{{if .Empty}}yes{{end}}", ""),
    Case("{{if .Empty}}yes{{else}}no{{end}}", "no"),
    Case("{{if .Empty}}a{{else if .Zero}}b{{else if .Name}}c{{else}}d{{end}}", "c"),
    Case("{{if .Health}}yes{{else}}no{{end}}", "no"),
    Case("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "healthy"),
    Case(
      "{{if .NilList}}y{{else}}n{{end}}{{if .NilMap}}y{{else}}n{{end}}{{if .Unset}}y{{else}}n{{end}}", "nnn"),
    Case("{{if .CPU}}y{{end}}{{if 0.0}}y{{else}}n{{end}}", "yn"),
    Case("{{if and .Name .State.Running}}y{{end}}", "y"),
    Case("{{if not .Empty}}y{{end}}", "y"),
    Case("{{if .Labels.nope}}y{{else}}n{{end}}", "n"),
    Case("{{if $x := .Name}}{{$x}}{{end}}", "/web"),
    Case("{{with .State}}{{.Status}}{{end}}", "running"),
    Case("{{with .Health}}{{.Status}}{{else}}none{{end}}", "none"),
    Case("{{with $s := .State}}{{$s.Status}} {{.Pid}} {{$.Name}}{{end}}", "running 4711 /web"),
    Case("{{with .Labels.a}}[{{.}}]{{end}}", "[1]"),
    Case("{{with .Empty}}a{{else}}{{.Name}}{{end}}", "/web"),
    Case("{{range .Args}}[{{.}}]{{end}}", "[-c][echo hi]"),
    Case("{{range $i, $e := .Args}}{{$i}}={{$e}};{{end}}", "0=-c;1=echo hi;"),
    Case("{{range $e := .Args}}{{$e}};{{end}}", "-c;echo hi;"),
    Case("{{range $k, $v := .Labels}}{{$k}}={{$v}},{{end}}", "a=1,b=2,com.example.role=front,"),
    Case("{{range .Labels}}{{.}},{{end}}", "1,2,front,"),
    Case(
      "{{range $k, $v := .Ports}}{{$k}} {{range $v}}{{.HostIp}}:{{.HostPort}} {{end}};{{end}}",
      "443/tcp ;80/tcp 0.0.0.0:8080 :::8080 ;"),
    Case(
      "{{range $p, $conf := .Ports}}{{$p}} -> {{with $conf}}{{(index . 0).HostPort}}{{else}}none{{end}} {{end}}",
      "443/tcp -> none 80/tcp -> 8080 "),
    Case("{{range .NilList}}x{{else}}empty{{end}}", "empty"),
    Case("{{range .NilMap}}x{{else}}empty{{end}}", "empty"),
    Case("{{range .Labels.nope}}x{{else}}empty{{end}}", "empty"),
    Case("{{range .Unset}}x{{else}}empty{{end}}", "empty"),
    Case("{{range .Any.list}}<{{.}}>{{end}}", "<1><two><<no value>><true><2.5>"),
    Case("{{range $i, $e := .Args}}{{if $i}}, {{end}}{{$e}}{{end}}", "-c, echo hi"),
    Case(
      "{{range $i, $e := .Any.list}}{{if eq $i 1}}{{continue}}{{end}}{{if eq $i 3}}{{break}}{{end}}{{$i}}{{end}}",
      "02"),
    Case("{{range .Args}}{{with .}}{{break}}{{end}}{{end}}done", "done"),
    Case("{{range .Args}}{{range $.Labels}}{{break}}{{end}}{{.}}{{end}}", "-cecho hi"),
    Case(#"{{define "x"}}[{{.}}]{{end}}{{template "x" .Name}}"#, "[/web]"),
    Case(#"{{define "x"}}[{{.}}]{{end}}{{template "x"}}"#, "[<no value>]"),
    Case(#"{{template "x" .Name}}{{define "x"}}[{{$}}]{{end}}"#, "[/web]"),
    Case(#"{{block "b" .Name}}<{{.}}>{{end}}"#, "</web>"),
    Case(#"{{define "x"}} {{end}}{{define "x"}}2{{end}}{{template "x"}}"#, "2"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case("{{if nil}}{{end}}", #"template: :1:5: executing "" at <nil>: nil is not a command"#),
    Case("{{if}}x{{end}}", "template: :1: missing value for if"),
    Case("{{if .Name}}x", "template: :1: unexpected EOF"),
    Case("{{if .Name}}x{{else}}y{{else}}z{{end}}", "template: :1: expected end; found {{else}}"),
    Case("{{end}}", "template: :1: unexpected {{end}}"),
    Case("{{else}}", "template: :1: unexpected {{else}}"),
    Case(
      "{{range .Name}}x{{end}}", #"template: :1:8: executing "" at <.Name>: range can't iterate over /web"#),
    Case("{{range .CPU}}x{{end}}", #"template: :1:8: executing "" at <.CPU>: range can't iterate over 12.5"#),
    Case(
      "{{range .Health}}x{{end}}",
      #"template: :1:8: executing "" at <.Health>: range can't iterate over <nil>"#),
    Case("{{break}}", "template: :1: {{break}} outside {{range}}"),
    Case("{{continue}}", "template: :1: {{continue}} outside {{range}}"),
    Case("{{range .Args}}{{break 3}}{{end}}", #"template: :1: unexpected "3" in {{break}}"#),
    Case("{{range .Args}}{{else}}{{break}}{{end}}", "template: :1: {{break}} outside {{range}}"),
    Case("{{range $a, $b, $c := .Args}}{{end}}", "template: :1: too many declarations in range"),
    Case("{{range $a, 3 := .Args}}{{end}}", "template: :1: range can only initialize variables"),
    Case("{{range $x := }}{{end}}", "template: :1: missing value for range"),
    Case(
      #"{{template "none"}}"#,
      #"template: :1:11: executing "" at <{{template "none"}}>: template "none" not defined"#),
    Case(
      #"{{template "none" .Name}}"#,
      #"template: :1:11: executing "" at <{{template "none" .Name}}>: template "none" not defined"#),
    Case(#"{{block "b" .Name}}<{{.}}>{{else}}{{end}}"#, "template: :1: unexpected {{else}} in block clause"),
    Case(
      #"{{define "x"}}{{.Foo}}{{end}}{{template "x" .}}"#,
      #"template: :1:16: executing "x" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
    Case(
      #"{{define "x"}}1{{end}}{{define "x"}}2{{end}}{{template "x"}}"#,
      #"template: :1: template: multiple definition of template "x""#),
    Case("{{define x}}{{end}}", #"template: :1: unexpected "x" in define clause"#),
    Case(#"{{define "x"}}"#, "template: :1: unexpected EOF"),
    Case(#"{{if true}}{{define "x"}}{{end}}{{end}}"#, "template: :1: unexpected <define> in command"),
    Case("{{template x}}", #"template: :1: unexpected "x" in template clause"#),
    Case(#"{{range .Args}}{{define "y"}}{{end}}{{end}}"#, "template: :1: unexpected <define> in command"),
    Case(
      #"{{range .Args}}{{block "y" .}}{{break}}{{end}}{{end}}"#, "template: :1: {{break}} outside {{range}}"),
    Case(#"{{$x := 1}}{{define "y"}}{{$x}}{{end}}"#, #"template: :1: undefined variable "$x""#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
