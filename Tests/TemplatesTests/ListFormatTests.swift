import Testing

@testable import Templates

/// `table TEMPLATE`, `json`, and templates for each row.
@Suite struct ListFormatTests {
  private func row(_ id: String, _ names: String, _ labels: [String: String] = [:]) -> TemplateValue {
    .record(
      TemplateRecord(
        "*formatter.ContainerContext", style: .row,
        [
          TemplateField("Names", .string(names)), TemplateField("ID", .string(id)),
          TemplateField("Command", .string("\"sh -c 'a && b'\"")),
          .method("Label", arguments: 1) { .string(labels[$0[0]] ?? "") },
        ]))
  }

  private func text(_ format: String, rows: [TemplateValue]? = nil) throws -> String {
    let rows = rows ?? [row("4f66ad9c0b2e", "web", ["com.example.my-role": "front"]), row("abc", "db")]
    return try ListFormat(format).text(
      rows, headers: ["ID": "CONTAINER ID", "Names": "NAMES", "Command": "COMMAND"])
  }

  @Test func tables() throws {
    let expected = "CONTAINER ID   NAMES\n4f66ad9c0b2e   web\nabc            db\n"
    #expect(try text(#"table {{.ID}}\t{{.Names}}"#) == expected)
    #expect(try text("table {{.ID}}\t{{.Names}}") == expected)
    #expect(try text("table   {{.ID}}\t{{.Names}}  ") == expected)
    #expect(try text(#"table{{.ID}}\t{{.Names}}"#) == expected)
    #expect(try text("table {{.Names}}") == "NAMES\nweb\ndb\n")
  }

  @Test func aTableWithoutRowsHasItsHeader() throws {
    #expect(try text(#"table {{.ID}}\t{{.Names}}"#, rows: []) == "CONTAINER ID   NAMES\n")
  }

  /// What a template does with a value is not done with the column's name.
  @Test func headersStayAsTheyAre() throws {
    #expect(try text("table {{lower .ID}}", rows: []) == "CONTAINER ID\n")
    #expect(try text("table {{json .ID}}", rows: []) == "CONTAINER ID\n")
    #expect(try text("table {{truncate .ID 3}}", rows: []) == "CONTAINER ID\n")
    #expect(try text(#"table {{join (split .ID "-") "+"}}"#, rows: []) == "CONTAINER ID\n")
    #expect(try text("table {{pad .ID 1 1}}", rows: []) == " CONTAINER ID \n")
    #expect(try text("table {{upper .Names}}") == "NAMES\nWEB\nDB\n")
  }

  @Test func labelsAreColumns() throws {
    let expected = "NAMES     my role\nweb       front\ndb        \n"
    #expect(try text(#"table {{.Names}}\t{{.Label "com.example.my-role"}}"#) == expected)
  }

  @Test func unknownColumnsFailInRowsOnly() throws {
    #expect(try text("table {{.Nope}}", rows: []) == "<no value>\n")
    let error = #expect(throws: TemplateError.self) { try text("table {{.Nope}}") }
    #expect(
      error?.commandLineMessage
        == #"template parsing error: template: :1:2: executing "" at <.Nope>: "#
        + "can't evaluate field Nope in type *formatter.ContainerContext")
  }

  @Test func lines() throws {
    #expect(try text("{{.ID}}: {{.Names}}") == "4f66ad9c0b2e: web\nabc: db\n")
    #expect(try text(#"{{.ID}}\n\t{{.Names}}"#) == "4f66ad9c0b2e\n\tweb\nabc\n\tdb\n")
    #expect(try text(#"\\t\x"#, rows: [row("a", "b")]) == "\\\t\\x\n")
    #expect(try text("{{.ID}}", rows: []) == "")
    #expect(try ListFormat(#"{{.ID}}\t|"#).line(row("a", "b")) == "a\t|\n")
  }

  /// Rows are sorted by name, and what HTML would take amiss is escaped.
  @Test func json() throws {
    let expected = #"{"Command":"\"sh -c 'a \u0026\u0026 b'\"","ID":"a","Names":"b"}"# + "\n"
    #expect(try text("json", rows: [row("a", "b")]) == expected)
    #expect(try text("{{json .}}", rows: [row("a", "b")]) == expected)
    #expect(try ListFormat("json").layout == .json)
    #expect(try text("{{json .Command}}", rows: [row("a", "b")]) == #""\"sh -c 'a && b'\"""# + "\n")
  }

  @Test func whatIsNoTemplate() {
    let error = #expect(throws: TemplateError.self) { try ListFormat("table {{.ID") }
    #expect(error?.commandLineMessage == "template parsing error: template: :1: unclosed action")
    #expect(error?.stage == .parsing)
  }
}
