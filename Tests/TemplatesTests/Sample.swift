@testable import Templates

/// A container as `inspect` might show it, in the types that Go would have.
func container() -> TemplateValue {
  .record(
    TemplateRecord(
      "*main.Container",
      [
        TemplateField("ID", jsonName: "Id", .string("4f66ad9c0b2e")),
        TemplateField("Name", .string("/web")),
        TemplateField("CPU", .double(12.5)),
        TemplateField("State", state),
        TemplateField(
          "Mounts",
          .list([mount("bind", "/srv", "/data", true), mount("volume", "v1", "/var/lib", false)])),
        TemplateField("Args", .strings(["-c", "echo hi"])),
        TemplateField("NilList", .nothing(.list)),
        TemplateField("NilMap", .nothing(.map)),
        TemplateField("Health", omitsEmpty: true, .nothing(.record("*main.Health"))),
        TemplateField("Labels", .map(["b": "2", "a": "1", "com.example.role": "front"])),
        TemplateField("Ports", ports),
        TemplateField("Any", .map(anything)),
        TemplateField("Unset", .null),
        TemplateField("Text", .string("<a href=\"x\">Tom & 'Jerry'</a>")),
        TemplateField("Lines", .string("one\ntwo\tthree")),
        TemplateField("Empty", .string("")),
        TemplateField("Zero", .int(0)),
        TemplateField("Negative", .int(-7)),
        TemplateField("Unicode", .string("größe… ☃ 日本")),
        .method("Label", arguments: 1) { names in
          .string(["b": "2", "a": "1", "com.example.role": "front"][names[0]] ?? "")
        },
        .method("Size", arguments: 0) { _ in .string("12kB") },
      ]))
}

private var state: TemplateValue {
  .record(
    TemplateRecord(
      "*main.State",
      [
        TemplateField("Status", .string("running")),
        TemplateField("Running", .bool(true)),
        TemplateField("Pid", .int(4711)),
        TemplateField("ExitCode", .int(0)),
        TemplateField("Error", .string("")),
        TemplateField("Health", omitsEmpty: true, health),
      ]))
}

private var health: TemplateValue {
  func entry(_ code: Int, _ output: String) -> TemplateValue {
    .record(
      TemplateRecord(
        "main.Entry", [TemplateField("ExitCode", .int(code)), TemplateField("Output", .string(output))]))
  }
  return .record(
    TemplateRecord(
      "*main.Health",
      [
        TemplateField("Status", .string("healthy")),
        TemplateField("FailingStreak", .int(0)),
        TemplateField("Log", .list([entry(0, "ok\n"), entry(1, "bad")])),
      ]))
}

private func mount(_ type: String, _ source: String, _ destination: String, _ rw: Bool) -> TemplateValue {
  .record(
    TemplateRecord(
      "main.Mount",
      [
        TemplateField("Type", .string(type)), TemplateField("Source", .string(source)),
        TemplateField("Destination", .string(destination)), TemplateField("RW", .bool(rw)),
      ]))
}

private var ports: TemplateValue {
  func binding(_ address: String, _ port: String) -> TemplateValue {
    .record(
      TemplateRecord(
        "main.Binding",
        [TemplateField("HostIp", .string(address)), TemplateField("HostPort", .string(port))]))
  }
  return .map(
    TemplateMap(
      [
        ("80/tcp", .list([binding("0.0.0.0", "8080"), binding("::", "8080")])),
        ("443/tcp", .nothing(.list)),
      ], missing: .nothing(.list)))
}

private var anything: TemplateMap {
  [
    "int": .int(1), "string": .string("x"), "nil": .null,
    "list": .list([.int(1), .string("two"), .null, .bool(true), .double(2.5)]),
    "map": .map(["key": .string("deep")]),
  ]
}
