import Testing

@testable import Templates

/// Fields of records and maps, and what is missing. What is expected is what Go's text/template says to the
/// same.
@Suite struct FieldTests {
  @Test(arguments: [
    Case("{{.State.Status}}", "running"),
    Case("{{.State.Health.Status}}", "healthy"),
    Case("{{.State.Health.Log}}", "[{0 ok\n} {1 bad}]"),
    Case("{{range .State.Health.Log}}{{.ExitCode}}{{end}}", "01"),
    Case("{{.Mounts}}", "[{bind /srv /data true} {volume v1 /var/lib false}]"),
    Case("{{.Args}}", "[-c echo hi]"),
    Case("{{.Labels}}", "map[a:1 b:2 com.example.role:front]"),
    Case("{{.Labels.a}}", "1"),
    Case("{{.Labels.nope}}", "<no value>"),
    Case("{{.Labels.nope.more}}", "<no value>"),
    Case("{{.Any}}", "map[int:1 list:[1 two <nil> true 2.5] map:map[key:deep] nil:<nil> string:x]"),
    Case("{{.Any.map.key}}", "deep"),
    Case("{{.Any.nil}}", "<no value>"),
    Case("{{.Any.list}}", "[1 two <nil> true 2.5]"),
    Case("{{.Unset}}", "<no value>"),
    Case("{{.Health}}", "<nil>"),
    Case("{{.NilList}} {{.NilMap}}", "[] map[]"),
    Case("{{.NilMap.x}}", "<no value>"),
    Case("{{.CPU}} {{.Negative}} {{.Zero}}", "12.5 -7 0"),
    Case("x", "x"),
    Case("{{$.State.Status}}", "running"),
    Case("{{(.State.Health).Log}}", "[{0 ok\n} {1 bad}]"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case(
      "{{.Any.nil.x}}",
      #"template: :1:6: executing "" at <.Any.nil.x>: nil pointer evaluating interface {}.x"#),
    Case(
      "{{.Unset.X}}", #"template: :1:8: executing "" at <.Unset.X>: nil pointer evaluating interface {}.X"#),
    Case(
      "{{.Health.Status}}",
      #"template: :1:9: executing "" at <.Health.Status>: nil pointer evaluating *main.Health.Status"#),
    Case(
      "{{.Foo}}", #"template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#
    ),
    Case(
      "{{.State.Foo}}",
      #"template: :1:8: executing "" at <.State.Foo>: can't evaluate field Foo in type *main.State"#),
    Case(
      "{{.State.Health.Foo.Bar}}",
      #"template: :1:8: executing "" at <.State.Health.Foo.Bar>: can't evaluate field Foo in type *main.Health"#
    ),
    Case(
      "{{.Name.Foo}}",
      #"template: :1:7: executing "" at <.Name.Foo>: can't evaluate field Foo in type string"#),
    Case(
      "{{.Zero.Foo}}", #"template: :1:7: executing "" at <.Zero.Foo>: can't evaluate field Foo in type int"#),
    Case(
      "{{.CPU.Foo}}", #"template: :1:6: executing "" at <.CPU.Foo>: can't evaluate field Foo in type float64"#
    ),
    Case(
      "{{.Mounts.Type}}",
      #"template: :1:9: executing "" at <.Mounts.Type>: can't evaluate field Type in type []main.Mount"#),
    Case(
      #"{{.Labels.a "x"}}"#,
      #"template: :1:9: executing "" at <.Labels.a>: a is not a method but has arguments"#),
    Case(
      #"{{.State "x"}}"#,
      #"template: :1:2: executing "" at <.State>: State has arguments but cannot be invoked as function"#),
    Case(
      "{{.Id}}", #"template: :1:2: executing "" at <.Id>: can't evaluate field Id in type *main.Container"#),
    Case(
      " {{.Foo}}",
      #"template: :1:3: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
    Case(
      #"{{.ID}}{{"\n"}}{{.State.Nope}}"#,
      #"template: :1:23: executing "" at <.State.Nope>: can't evaluate field Nope in type *main.State"#),
    Case(
      "{{$.State.Nope}}",
      #"template: :1:3: executing "" at <$.State.Nope>: can't evaluate field Nope in type *main.State"#),
    Case(
      "{{(.State).Nope}}",
      #"template: :1:3: executing "" at <.State>: can't evaluate field Nope in type *main.State"#),
    Case("{{nil.X}}", #"template: :1: unexpected . after term "nil""#),
    Case("{{(nil).X}}", #"template: :1:3: executing "" at <nil>: nil is not a command"#),
    Case("{{.. }}", "template: :1: unexpected <.> in operand"),
    Case("{{. .}}", #"template: :1:2: executing "" at <.>: can't give argument to non-function ."#),
    Case("{{.Name .State.}}", "template: :1: unexpected <.> in operand"),
    Case(#"{{"x".Y}}"#, #"template: :1: unexpected . after term "\"x\"""#),
    Case("{{true.Y}}", #"template: :1: unexpected . after term "true""#),
    Case("{{1.Y}}", #"template: :1: bad number syntax: "1.Y""#),
    Case(
      "x\n {{.Foo}}",
      #"template: :2:3: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
    Case(
      "é\né{{.Foo}}",
      #"template: :2:4: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
    Case(
      "a\n{{.Name\n}} {{\n.State.Nope}}",
      #"template: :4:6: executing "" at <.State.Nope>: can't evaluate field Nope in type *main.State"#),
    Case(
      "{{/* a\nb */}}\n{{.Foo}}",
      #"template: :3:2: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
