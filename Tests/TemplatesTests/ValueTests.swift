import Testing

@testable import Templates

/// Records: what is found out late, what JSON shows, what `inspect` finds.
@Suite struct ValueTests {
  private final class Counter {
    var count = 0
  }

  private struct Broken: Error, CustomStringConvertible {
    var description: String { "no such file" }
  }

  @Test func lazyFieldsAreFoundOutOnceAndOnlyIfAskedFor() throws {
    let counter = Counter()
    let value = TemplateValue.record(
      TemplateRecord(
        "Row",
        [
          TemplateField("ID", .string("a")),
          .lazy("Size") {
            counter.count += 1
            return .string("12kB")
          },
        ]))
    #expect(try Template("{{.ID}}{{if false}}{{.Size}}{{end}}").render(value) == "a")
    #expect(counter.count == 0)
    #expect(
      try Template("{{if .Size}}{{.Size}} {{json .}}{{end}}").render(value)
        == #"12kB {"ID":"a","Size":"12kB"}"#)
    #expect(counter.count == 1)
  }

  @Test func errorsOfLazyFieldsAreTheTemplates() {
    let value = TemplateValue.record(TemplateRecord("Row", [.lazy("Size") { throw Broken() }]))
    func message(_ template: String) -> String? {
      #expect(throws: TemplateError.self) { try Template(template).render(value) }?.description
    }
    #expect(
      message("{{.Size}}") == #"template: :1:2: executing "" at <.Size>: error calling Size: no such file"#)
    #expect(
      message("{{json .}}") == #"template: :1:2: executing "" at <json .>: error calling json: no such file"#)
    #expect(message("{{.}}") == #"template: :1:2: executing "" at <.>: no such file"#)
  }

  @Test func omittedFields() throws {
    let value = TemplateValue.record(
      TemplateRecord(
        "T",
        [
          TemplateField("A", omitsEmpty: true, .string("")), TemplateField("B", omitsEmpty: true, .int(0)),
          TemplateField("C", omitsEmpty: true, .nothing(.list)), TemplateField("D", .null),
          TemplateField("E", jsonName: "e", omitsEmpty: true, .bool(true)),
        ]))
    #expect(try value.json() == #"{"D":null,"e":true}"#)
    #expect(try Template("{{.A}}|{{.B}}|{{.C}}|{{.E}}").render(value) == "|0|[]|true")
  }

  @Test func indentedJSON() throws {
    let value = TemplateValue.list([
      .map(["b": .int(1), "a": .list([]), "c": .map([:] as TemplateMap)]), .strings(["<x>"]),
    ])
    #expect(
      try value.json(indentation: 4) == """
        [
            {
                "a": [],
                "b": 1,
                "c": {}
            },
            [
                "<x>"
            ]
        ]
        """)
    #expect(try value.json(escapesHTML: true) == #"[{"a":[],"b":1,"c":{}},["\u003cx\u003e"]]"#)
    #expect(try TemplateValue.string("\u{8}\u{C}").json() == #""\b\f""#)
  }

  @Test func numbersThatAreNoneHaveNoJSON() {
    #expect(throws: (any Error).self) { try TemplateValue.double(.nan).json() }
    #expect(throws: (any Error).self) { try TemplateValue.double(.infinity).json() }
  }

  @Test func maps() {
    let map = TemplateMap([("b", .int(1)), ("a", .int(2)), ("b", .int(3)), ("B", .int(4)), ("ä", .int(5))])
    #expect(map.entries.map(\.key) == ["B", "a", "b", "ä"])
    if case .int(let value) = map["b"] { #expect(value == 3) } else { Issue.record("no b") }
    #expect(map["c"] == nil && map[""] == nil && map["z"] == nil && map["é"] == nil)
  }

  /// A template that does not fit the record is tried on its JSON, in which keys are named otherwise.
  @Test(arguments: [
    Case("{{.ID}}", "4f66ad9c0b2e"), Case("{{.Id}}", "4f66ad9c0b2e"), Case("{{.State.Status}}", "running"),
    Case("{{.Labels.nope}}", "<no value>"),
    Case(
      "{{.Id}} {{.State.Health.Log}}",
      "4f66ad9c0b2e "
        + "[map[ExitCode:0 Output:ok\n] map[ExitCode:1 Output:bad]]"),
  ])
  func inspected(_ sample: Case) throws {
    #expect(try Template(sample.template).renderInspected(container()) == sample.expected)
  }

  @Test(arguments: [
    Case("{{.Foo}}", #"template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo""#),
    Case("{{.State.Foo}}", #"template: :1:8: executing "" at <.State.Foo>: map has no entry for key "Foo""#),
    Case(
      "{{.Health.Status}}",
      #"template: :1:9: executing "" at <.Health.Status>: map has no entry for key "Health""#),
    Case(
      "{{.Id}} {{.Labels.x}}", #"template: :1:17: executing "" at <.Labels.x>: map has no entry for key "x""#),
    Case(
      "{{.Unset.X}}", #"template: :1:8: executing "" at <.Unset.X>: nil pointer evaluating interface {}.X"#),
  ])
  func inspectedInVain(_ sample: Case) {
    let error = #expect(throws: TemplateError.self) {
      try Template(sample.template).renderInspected(container())
    }
    #expect(error?.description == sample.expected)
  }
}
