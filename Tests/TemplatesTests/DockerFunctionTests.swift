import Testing

@testable import Templates

/// docker's functions. What is expected is what Go's text/template says to the same.
@Suite struct DockerFunctionTests {
  @Test(arguments: [
    Case("{{json .Name}}", #""/web""#),
    Case("{{json .Text}}", #""<a href=\"x\">Tom & 'Jerry'</a>""#),
    Case("{{json .Lines}}", #""one\ntwo\tthree""#),
    Case("{{json .Unicode}}", #""größe… ☃ 日本""#),
    Case(
      "{{json .State}}",
      #"{"Status":"running","Running":true,"Pid":4711,"ExitCode":0,"Error":"","Health":{"Status":"healthy","FailingStreak":0,"Log":[{"ExitCode":0,"Output":"ok\n"},{"ExitCode":1,"Output":"bad"}]}}"#
    ),
    Case(
      "{{json .State.Health}}",
      #"{"Status":"healthy","FailingStreak":0,"Log":[{"ExitCode":0,"Output":"ok\n"},{"ExitCode":1,"Output":"bad"}]}"#
    ),
    Case(
      "{{json .Mounts}}",
      #"[{"Type":"bind","Source":"/srv","Destination":"/data","RW":true},{"Type":"volume","Source":"v1","Destination":"/var/lib","RW":false}]"#
    ),
    Case("{{json .Labels}}", #"{"a":"1","b":"2","com.example.role":"front"}"#),
    Case(
      "{{json .Ports}}",
      #"{"443/tcp":null,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]}"#
    ),
    Case(
      "{{json .Any}}",
      #"{"int":1,"list":[1,"two",null,true,2.5],"map":{"key":"deep"},"nil":null,"string":"x"}"#),
    Case(
      "{{json .NilList}} {{json .NilMap}} {{json .Health}} {{json .Unset}} {{json .Labels.nope}}",
      "null null null null null"),
    Case(
      "{{json .CPU}} {{json 1e21}} {{json 1e20}} {{json 1e-7}} {{json 0.000001}} {{json 1.0}} {{json -0.5}} {{json 1e300}} {{json 0.1}}",
      "12.5 1e+21 100000000000000000000 1e-7 0.000001 1 -0.5 1e+300 0.1"),
    Case("{{json 1}} {{json true}} {{json nil}}", "1 true null"),
    Case(
      "{{json .}}",
      #"{"Id":"4f66ad9c0b2e","Name":"/web","CPU":12.5,"State":{"Status":"running","Running":true,"Pid":4711,"ExitCode":0,"Error":"","Health":{"Status":"healthy","FailingStreak":0,"Log":[{"ExitCode":0,"Output":"ok\n"},{"ExitCode":1,"Output":"bad"}]}},"Mounts":[{"Type":"bind","Source":"/srv","Destination":"/data","RW":true},{"Type":"volume","Source":"v1","Destination":"/var/lib","RW":false}],"Args":["-c","echo hi"],"NilList":null,"NilMap":null,"Labels":{"a":"1","b":"2","com.example.role":"front"},"Ports":{"443/tcp":null,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]},"Any":{"int":1,"list":[1,"two",null,true,2.5],"map":{"key":"deep"},"nil":null,"string":"x"},"Unset":null,"Text":"<a href=\"x\">Tom & 'Jerry'</a>","Lines":"one\ntwo\tthree","Empty":"","Zero":0,"Negative":-7,"Unicode":"größe… ☃ 日本"}"#
    ),
    Case(
      "{{. | json}}",
      #"{"Id":"4f66ad9c0b2e","Name":"/web","CPU":12.5,"State":{"Status":"running","Running":true,"Pid":4711,"ExitCode":0,"Error":"","Health":{"Status":"healthy","FailingStreak":0,"Log":[{"ExitCode":0,"Output":"ok\n"},{"ExitCode":1,"Output":"bad"}]}},"Mounts":[{"Type":"bind","Source":"/srv","Destination":"/data","RW":true},{"Type":"volume","Source":"v1","Destination":"/var/lib","RW":false}],"Args":["-c","echo hi"],"NilList":null,"NilMap":null,"Labels":{"a":"1","b":"2","com.example.role":"front"},"Ports":{"443/tcp":null,"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]},"Any":{"int":1,"list":[1,"two",null,true,2.5],"map":{"key":"deep"},"nil":null,"string":"x"},"Unset":null,"Text":"<a href=\"x\">Tom & 'Jerry'</a>","Lines":"one\ntwo\tthree","Empty":"","Zero":0,"Negative":-7,"Unicode":"größe… ☃ 日本"}"#
    ),
    Case(#"{{join .Args " "}}"#, "-c echo hi"),
    Case(#"{{join .NilList ","}}|"#, "|"),
    Case(#"{{join (split "a/b/c" "/") ", "}}"#, "a, b, c"),
    Case(#"{{join .Labels.nope ","}}|"#, "|"),
    Case(
      #"{{split .Name "/"}} {{split "abc" ""}} {{split "" ","}} {{split "a,b" ";"}} {{len (split "a,,b" ",")}}"#,
      "[ web] [a b c] [] [a,b] 3"),
    Case(
      #"{{title "hello wide world"}} {{title "o'neill x-ray a_b élan"}}"#,
      "Hello Wide World O'Neill X-Ray A_b Élan"),
    Case(#"{{lower "ABC ÄÖ"}} {{upper "abc äö ß"}}"#, "abc äö ABC ÄÖ ß"),
    Case(#"{{pad .Name 1 2}}| {{pad "" 1 2}}|"#, " /web  | |"),
    Case("{{pad .Name 1e1 0}}", "          /web"),
    Case(#"{{truncate .ID 5}} {{truncate "abc" 5}} {{truncate "abc" 3}}"#, "4f66a abc abc"),
    Case("{{truncate .ID .Zero}}|", "|"),
    Case(#"{{range split "a b c" " "}}<{{.}}>{{end}}"#, "<a><b><c>"),
    Case(#"{{index (split .Name "/") 1}}"#, "web"),
    Case(#"{{with split "a=b" "="}}{{index . 1}}{{end}}"#, "b"),
    Case(#"{{.State.Health.Status | printf "%s" | upper | json}}"#, #""HEALTHY""#),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }

  @Test(arguments: [
    Case("{{json}}", #"template: :1:2: executing "" at <json>: wrong number of args for json: want 1 got 0"#),
    Case(
      "{{json 1 2}}", #"template: :1:2: executing "" at <json>: wrong number of args for json: want 1 got 2"#),
    Case(
      #"{{join .Name ","}}"#,
      #"template: :1:7: executing "" at <.Name>: wrong type for value; expected []string; got string"#),
    Case(
      #"{{join .Any.list ","}}"#,
      #"template: :1:11: executing "" at <.Any.list>: wrong type for value; expected []string; got []interface {}"#
    ),
    Case(
      #"{{join .Unset ","}}"#,
      #"template: :1:7: executing "" at <.Unset>: wrong type for value; expected []string; got interface {}"#),
    Case(
      #"{{join "x" ","}}"#,
      #"template: :1:7: executing "" at <"x">: can't handle "x" for arg of type []string"#),
    Case("{{join .Args 1}}", #"template: :1:13: executing "" at <1>: expected string; found 1"#),
    Case(
      #"{{split .Zero ","}}"#,
      #"template: :1:8: executing "" at <.Zero>: wrong type for value; expected string; got int"#),
    Case(
      #"{{split "a"}}"#,
      #"template: :1:2: executing "" at <split>: wrong number of args for split: want 2 got 1"#),
    Case(
      "{{upper .Zero}}",
      #"template: :1:8: executing "" at <.Zero>: wrong type for value; expected string; got int"#),
    Case(
      "{{upper .Unset}}",
      #"template: :1:8: executing "" at <.Unset>: wrong type for value; expected string; got interface {}"#),
    Case(
      "{{upper .Labels.nope}}",
      #"template: :1:15: executing "" at <.Labels.nope>: invalid value; expected string"#),
    Case("{{upper nil}}", #"template: :1:8: executing "" at <nil>: cannot assign nil to string"#),
    Case("{{upper 3}}", #"template: :1:8: executing "" at <3>: expected string; found 3"#),
    Case(
      "{{pad .Name -1 0}}",
      #"template: :1:2: executing "" at <pad .Name -1 0>: error calling pad: strings: negative Repeat count"#),
    Case(
      "{{pad .Name 1}}", #"template: :1:2: executing "" at <pad>: wrong number of args for pad: want 3 got 2"#
    ),
    Case(#"{{pad .Name "1" 2}}"#, #"template: :1:12: executing "" at <"1">: expected integer; found "1""#),
    Case("{{pad .Name 1.5 2}}", #"template: :1:12: executing "" at <1.5>: expected integer; found 1.5"#),
    Case("{{.Name | truncate 3}}", #"template: :1:19: executing "" at <3>: expected string; found 3"#),
  ])
  func fails(_ sample: Case) { sample.checkFails() }
}
