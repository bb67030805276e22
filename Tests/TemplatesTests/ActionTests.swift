import Testing

@testable import Templates

/// Text, trimming, comments, pipelines, methods. What is expected is what Go's text/template says to the
/// same.
@Suite struct ActionTests {
  @Test(arguments: [
    Case("plain text", "plain text"),
    Case(#"{{"a"}}{{"b"}}"#, "ab"),
    Case("{{.Name}}", "/web"),
    Case("a {{.Name}} b", "a /web b"),
    Case("a  {{- .Name -}}  b", "a/webb"),
    Case("a {{- /* gone */ -}} b", "ab"),
    Case("{{/* a comment */}}x", "x"),
    Case("lines */ -}}", "lines */ -}}"),
    Case("   x", "   x"),
    Case(#"{{- "x" -}}{{- "y"}} z"#, "xy z"),
    Case(#"x {{"{{"}} y {{"}}"}}"#, "x {{ y }}"),
    Case(#"{{ .Name | printf "%s-%s" "x" }}"#, "x-/web"),
    Case(#"{{"x" | printf "%q"}}"#, #""x""#),
    Case(#"{{("x")}}"#, "x"),
    Case("{{(.State).Status}}", "running"),
    Case("{{(index .Mounts 0).Type}}", "bind"),
    Case("{{((index .Mounts 1)).Destination}}", "/var/lib"),
    Case("{{3 -}} x", "3x"),
    Case("{{- 3}}", "3"),
    Case("{{-3}}", "-3"),
    Case(#"{{printf "%d" 3 | printf "%s-%s" "a"}}"#, "a-3"),
    Case("{{true}} {{false}}", "true false"),
    Case(#"a}}b{{"c"}}"#, "a}}bc"),
    Case("{{.Name | .Label}}", ""),
    Case(#"{{"a" | .Label}}"#, "1"),
    Case(#"{{.Label "com.example.role"}}"#, "front"),
    Case(#"{{.Label "nope"}}|"#, "|"),
    Case("{{.Size}}", "12kB"),
    Case("{{.State.Status | upper | lower | title}}", "Running"),
    Case("a \n\t{{- .Name -}} \r\n b", "a/webb"),
    Case("{{/* of two\nlines */ -}}\n   x", "x"),
    Case("{{\n.Name\n}}", "/web"),
    Case("{{.Name |\nupper}}", "/WEB"),
    Case("a\n{{- /* x\n*/ -}}\nb", "ab"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case("{{/* of two", "template: :1: unclosed comment"),
    Case("{{ }}", "template: :1: missing value for command"),
    Case("{{3 - }}", #"template: :1: illegal number syntax: "-""#),
    Case(#"{{"a" "b"}}"#, #"template: :1:2: executing "" at <"a">: can't give argument to non-function "a""#),
    Case(
      #"{{.Name "x"}}"#,
      #"template: :1:2: executing "" at <.Name>: Name has arguments but cannot be invoked as function"#),
    Case("{{nil}}", #"template: :1:2: executing "" at <nil>: nil is not a command"#),
    Case("{{1 | 2}}", "template: :1: non executable command in pipeline stage 2"),
    Case(#"{{.Name | "x"}}"#, "template: :1: non executable command in pipeline stage 2"),
    Case(
      "{{.Label}}", #"template: :1:2: executing "" at <.Label>: wrong number of args for Label: want 1 got 0"#
    ),
    Case("{{.Label 3}}", #"template: :1:9: executing "" at <3>: expected string; found 3"#),
    Case(
      "{{.Label .Zero}}",
      #"template: :1:9: executing "" at <.Zero>: wrong type for value; expected string; got int"#),
    Case(
      #"{{.Size "x"}}"#,
      #"template: :1:2: executing "" at <.Size>: wrong number of args for Size: want 0 got 1"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
