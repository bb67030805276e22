import Testing

@testable import Templates

/// `eq ne lt le gt ge`. What is expected is what Go's text/template says to the same.
@Suite struct ComparisonTests {
  @Test(arguments: [
    Case(
      #"{{eq 1 1}} {{eq 1 2}} {{eq "a" "a"}} {{eq 1.5 1.5}} {{eq true true}}"#, "true false true true true"),
    Case(#"{{eq 3 1 2 3}} {{eq "x" "y" "z"}}"#, "true false"),
    Case(#"{{eq .State.Status "running"}}"#, "true"),
    Case(
      "{{eq .Unset nil}} {{eq .Health nil}} {{eq .NilList nil}} {{eq .Name nil}} {{eq nil nil}}",
      "true true true false true"),
    Case(#"{{eq .Labels.nope "x"}} {{eq .Unset 1}} {{ne .Labels.nope ""}}"#, "false false true"),
    Case("{{eq .State .State}}", "true"),
    Case("{{eq .Args nil}}", "false"),
    Case(#"{{eq .Any.int 1}} {{eq .Any.string "x"}} {{eq .Any.nil nil}}"#, "true true true"),
    Case(#"{{ne 1 2}} {{ne "a" "a"}}"#, "true false"),
    Case(#"{{lt 1 2}} {{lt 2 1}} {{lt "a" "b"}} {{lt 1.5 2.5}} {{lt "Z" "a"}}"#, "true false true true true"),
    Case(
      "{{le 1 1}} {{le 2 1}} {{gt 2 1}} {{gt 1 1}} {{ge 1 1}} {{ge 0 1}}", "true false true false true false"),
    Case("{{gt .CPU 10.0}}", "true"),
    Case("{{if eq .State.ExitCode 0}}fine{{end}}", "fine"),
    Case(#"{{if or (eq .Name "x") (eq .Name "/web")}}found{{end}}"#, "found"),
    Case("{{if and (gt .State.Pid 1) (not .Empty)}}up{{end}}", "up"),
    Case(#"{{.Name | eq "/web"}}"#, "true"),
    Case("{{eq (len .Args) 2}}", "true"),
    Case("{{eq 'a' 97}}", "true"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case(
      #"{{eq 1 "1"}}"#,
      #"template: :1:2: executing "" at <eq 1 "1">: error calling eq: incompatible types for comparison"#),
    Case(
      "{{eq 1 1.0}}",
      #"template: :1:2: executing "" at <eq 1 1.0>: error calling eq: incompatible types for comparison"#),
    Case(
      "{{eq 1}}",
      #"template: :1:2: executing "" at <eq 1>: error calling eq: missing argument for comparison"#),
    Case(
      "{{eq}}", #"template: :1:2: executing "" at <eq>: wrong number of args for eq: want at least 1 got 0"#),
    Case(
      "{{eq .Args .Args}}",
      #"template: :1:2: executing "" at <eq .Args .Args>: error calling eq: non-comparable type [-c echo hi]: []string"#
    ),
    Case("{{ne 1 2 3}}", #"template: :1:2: executing "" at <ne>: wrong number of args for ne: want 2 got 3"#),
    Case(
      #"{{lt 1 "a"}}"#,
      #"template: :1:2: executing "" at <lt 1 "a">: error calling lt: incompatible types for comparison"#),
    Case(
      "{{lt true false}}",
      #"template: :1:2: executing "" at <lt true false>: error calling lt: invalid type for comparison"#),
    Case(
      "{{lt .Args .Args}}",
      #"template: :1:2: executing "" at <lt .Args .Args>: error calling lt: invalid type for comparison"#),
    Case(
      "{{lt .Unset 1}}",
      #"template: :1:2: executing "" at <lt .Unset 1>: error calling lt: invalid type for comparison"#),
    Case(
      "{{gt .CPU 10}}",
      #"template: :1:2: executing "" at <gt .CPU 10>: error calling gt: incompatible types for comparison"#),
    Case("{{lt 1}}", #"template: :1:2: executing "" at <lt>: wrong number of args for lt: want 2 got 1"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
