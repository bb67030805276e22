import Testing

@testable import Templates

/// The functions of text/template. What is expected is what Go's text/template says to the same.
@Suite struct FunctionTests {
  @Test(arguments: [
    Case("{{len .Args}} {{len .Labels}} {{len .Name}} {{len .NilList}} {{len .NilMap}}", "2 3 4 0 0"),
    Case("{{index .Args 0}} {{index .Args 1}}", "-c echo hi"),
    Case("{{index .Args}}", "[-c echo hi]"),
    Case(#"{{index .Labels "a"}}"#, "1"),
    Case(#"{{index .Labels "com.example.role"}}"#, "front"),
    Case(#"{{index .Labels "nope"}}|"#, "|"),
    Case(#"{{index .NilMap "x"}}"#, ""),
    Case(#"{{index .Any "int"}} {{index .Any "nope"}}"#, "1 <no value>"),
    Case(#"{{index .Any "list" 1}}"#, "two"),
    Case("{{index .Any.list 4}}", "2.5"),
    Case(#"{{index .Ports "80/tcp"}}"#, "[{0.0.0.0 8080} {:: 8080}]"),
    Case(#"{{index .Ports "nope"}}"#, "[]"),
    Case(#"{{(index .Ports "80/tcp" 0).HostPort}}"#, "8080"),
    Case(#"{{(index (index .Ports "80/tcp") 0).HostPort}}"#, "8080"),
    Case("{{index .Name 1}}", "119"),
    Case(
      "{{slice .Args 1}} {{slice .Args 0 1}} {{slice .Args}} {{slice .Args 1 1}}",
      "[echo hi] [-c] [-c echo hi] []"),
    Case("{{slice .Args 0 1 2}}", "[-c]"),
    Case("{{slice .ID 0 4}} {{slice .ID 8}}", "4f66 0b2e"),
    Case(#"{{print "a" "b"}} {{print 1 2}} {{print "a" 1 2 "b"}} {{print}}|"#, "ab 1 2 a1 2b |"),
    Case(#"{{println "a" "b"}}|{{println}}|"#, "a b\n|\n|"),
    Case("{{html .Text}}", "&lt;a href=&#34;x&#34;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;"),
    Case(#"{{html "a" 1 2}}"#, "a1 2"),
    Case("{{.Text | html}}", "&lt;a href=&#34;x&#34;&gt;Tom &amp; &#39;Jerry&#39;&lt;/a&gt;"),
    Case(
      #"{{js .Text}} {{js "a\n=é…"}}"#,
      #"\u003Ca href\u003D\"x\"\u003ETom \u0026 \'Jerry\'\u003C/a\u003E a\u000A\u003Dé…"#),
    Case(
      #"{{urlquery .Text}} {{urlquery "a b&c=é~"}}"#,
      "%3Ca+href%3D%22x%22%3ETom+%26+%27Jerry%27%3C%2Fa%3E a+b%26c%3D%C3%A9~"),
    Case(#"{{and 1 0}} {{and 1 2}} {{and 0 1}} {{and "" 1}}| {{and 1}}"#, "0 2 0 | 1"),
    Case(#"{{or 0 ""}}| {{or 1 2}} {{or 0 2}} {{or .Empty .Name}}"#, "| 1 2 /web"),
    Case("{{and .Empty (index .Args 9)}}|{{or .Name (index .Args 9)}}", "|/web"),
    Case("{{and true .Labels.nope}}", "<no value>"),
    Case("{{1 | and 0}} {{1 | and 2}} {{.Name | or 0}}", "0 1 /web"),
    Case(#"{{not 1}} {{not 0}} {{not ""}} {{not .Health}} {{not nil}}"#, "false true true true true"),
    Case("{{html}}", ""),
    Case(#"{{len (split "a,b,c" ",")}}"#, "3"),
    Case("{{len print}}", "0"),
    Case("{{print | len}}", "0"),
    Case("{{if (len .Args)}}y{{end}}", "y"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case(
      "{{len .Zero}}", #"template: :1:2: executing "" at <len .Zero>: error calling len: len of type int"#),
    Case(
      "{{len .Unset}}",
      #"template: :1:2: executing "" at <len .Unset>: error calling len: len of nil pointer"#),
    Case(
      "{{len .Health}}",
      #"template: :1:2: executing "" at <len .Health>: error calling len: len of nil pointer"#),
    Case("{{len}}", #"template: :1:2: executing "" at <len>: wrong number of args for len: want 1 got 0"#),
    Case(
      "{{len 1 2}}", #"template: :1:2: executing "" at <len>: wrong number of args for len: want 1 got 2"#),
    Case(
      "{{index .Args 2}}",
      #"template: :1:2: executing "" at <index .Args 2>: error calling index: reflect: slice index out of range"#
    ),
    Case(
      "{{index .Args 3}}",
      #"template: :1:2: executing "" at <index .Args 3>: error calling index: index out of range: 3"#),
    Case(
      "{{index .Args -1}}",
      #"template: :1:2: executing "" at <index .Args -1>: error calling index: index out of range: -1"#),
    Case(
      #"{{index .Args "a"}}"#,
      #"template: :1:2: executing "" at <index .Args "a">: error calling index: cannot index slice/array with type string"#
    ),
    Case(
      "{{index .NilList 0}}",
      #"template: :1:2: executing "" at <index .NilList 0>: error calling index: reflect: slice index out of range"#
    ),
    Case(
      "{{index .Labels 1}}",
      #"template: :1:2: executing "" at <index .Labels 1>: error calling index: value has type int; should be string"#
    ),
    Case(
      "{{index .Labels nil}}",
      #"template: :1:2: executing "" at <index .Labels nil>: error calling index: value is nil; should be of type string"#
    ),
    Case(
      #"{{(index (index .Ports "443/tcp") 0).HostPort}}"#,
      #"template: :1:3: executing "" at <index (index .Ports "443/tcp") 0>: error calling index: reflect: slice index out of range"#
    ),
    Case(
      #"{{(index (index .Ports "9/tcp") 0).HostPort}}"#,
      #"template: :1:3: executing "" at <index (index .Ports "9/tcp") 0>: error calling index: reflect: slice index out of range"#
    ),
    Case(
      "{{(index .Mounts 0).Nope}}",
      #"template: :1:17: executing "" at <0>: can't evaluate field Nope in type main.Mount"#),
    Case(
      "{{index .Name 9}}",
      #"template: :1:2: executing "" at <index .Name 9>: error calling index: index out of range: 9"#),
    Case(
      "{{index .Zero 1}}",
      #"template: :1:2: executing "" at <index .Zero 1>: error calling index: can't index item of type int"#),
    Case(
      "{{index .Unset 1}}",
      #"template: :1:2: executing "" at <index .Unset 1>: error calling index: index of untyped nil"#),
    Case(
      #"{{index .State "Status"}}"#,
      #"template: :1:2: executing "" at <index .State "Status">: error calling index: can't index item of type main.State"#
    ),
    Case(
      "{{index nil 1}}",
      #"template: :1:2: executing "" at <index nil 1>: error calling index: index of untyped nil"#),
    Case(
      "{{index}}",
      #"template: :1:2: executing "" at <index>: wrong number of args for index: want at least 1 got 0"#),
    Case(
      "{{slice .Args 2 1}}",
      #"template: :1:2: executing "" at <slice .Args 2 1>: error calling slice: invalid slice index: 2 > 1"#),
    Case(
      "{{slice .Args 0 3}}",
      #"template: :1:2: executing "" at <slice .Args 0 3>: error calling slice: index out of range: 3"#),
    Case(
      "{{slice .Args 1 2 3 4}}",
      #"template: :1:2: executing "" at <slice .Args 1 2 3 4>: error calling slice: too many slice indexes: 4"#
    ),
    Case(
      "{{slice .ID 0 1 2}}",
      #"template: :1:2: executing "" at <slice .ID 0 1 2>: error calling slice: cannot 3-index slice a string"#
    ),
    Case(
      "{{slice .ID 0 99}}",
      #"template: :1:2: executing "" at <slice .ID 0 99>: error calling slice: index out of range: 99"#),
    Case(
      "{{slice .Labels 1}}",
      #"template: :1:2: executing "" at <slice .Labels 1>: error calling slice: can't slice item of type map[string]string"#
    ),
    Case(
      "{{slice .Unset 1}}",
      #"template: :1:2: executing "" at <slice .Unset 1>: error calling slice: slice of untyped nil"#),
    Case(
      "{{and}}",
      #"template: :1:2: executing "" at <and>: wrong number of args for and: want at least 1 got 0"#),
    Case(
      "{{or}}", #"template: :1:2: executing "" at <or>: wrong number of args for or: want at least 1 got 0"#),
    Case("{{not}}", #"template: :1:2: executing "" at <not>: wrong number of args for not: want 1 got 0"#),
    Case(
      "{{not 1 2}}", #"template: :1:2: executing "" at <not>: wrong number of args for not: want 1 got 2"#),
    Case("{{foo 1}}", #"template: :1: function "foo" not defined"#),
    Case(
      "{{printf}}",
      #"template: :1:2: executing "" at <printf>: wrong number of args for printf: want at least 1 got 0"#),
    Case("{{printf 1}}", #"template: :1:9: executing "" at <1>: expected string; found 1"#),
    Case(
      "{{printf .Zero}}",
      #"template: :1:9: executing "" at <.Zero>: wrong type for value; expected string; got int"#),
    Case(
      #"{{.Foo | printf "%s"}}"#,
      #"template: :1:2: executing "" at <.Foo>: can't evaluate field Foo in type *main.Container"#),
    Case(
      "{{print (index .Args 7)}}",
      #"template: :1:9: executing "" at <index .Args 7>: error calling index: index out of range: 7"#),
    Case("{{(print).x}}", #"template: :1:3: executing "" at <print>: can't evaluate field x in type string"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
