import ArgumentParser
import Engine
import Runtime
import Templates

struct Events: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Tell what happens to containers, images, networks and volumes, as it happens.",
    discussion:
      "The log begins when the machine was started. Times are as in 2013-01-02T13:23:37Z, 1357133017, or 42m "
      + "for 42 minutes ago.")

  @Option(parsing: .unconditional, help: ArgumentHelp("Begin with what happened since.", valueName: "time"))
  var since: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("End with what happened until then.", valueName: "time"))
  var until: String?
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only, as in event=die.", valueName: "key=value"))
  var filter: [String] = []
  @Option(parsing: .unconditional, help: ArgumentHelp("A template for each, or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let now = Moment.now()
    let filter = try EventFilter(self.filter)
    let begin = try since.map { try Moment(flag: "--since", $0, now: now) } ?? now
    let end = try until.map { try Moment(flag: "--until", $0, now: now) }
    let template = try template
    let reader = try EventReader(EventLog(Containers().roots))
    while let events = try reader.next(until: end) {
      let wanted = events.filter { event in
        let moment = Moment(nanoseconds: event.time)
        return moment >= begin && end.map { moment <= $0 } ?? true && filter.keeps(event)
      }
      for event in wanted {
        Output.write(try template.map { try $0.render(Self.record(event)) } ?? event.line)
        Output.write("\n")
      }
    }
  }

  /// Nil for docker's own lines. One that fits no event is refused before the first happens.
  private var template: Template? {
    get throws(TemplateError) {
      guard let format, !format.isEmpty else { return nil }
      let template = try Template(format == "json" ? "{{json .}}" : format)
      _ = try template.render(Self.record(EngineEvent(type: "", action: "", actor: "", attributes: [])))
      return template
    }
  }

  /// Source: Message in moby/moby, api/types/events.
  private static func record(_ event: EngineEvent) -> TemplateValue {
    let attributes = TemplateMap(
      event.attributes.map { ($0.name, .string($0.value)) }, missing: .string(""))
    let image = event.attributes.first { $0.name == "image" }?.value ?? ""
    let isContainer = event.type == "container"
    return .record(
      "events.Message",
      [
        TemplateField(
          "Status", jsonName: "status", omitsEmpty: true, .string(isContainer ? event.action : "")),
        TemplateField("ID", jsonName: "id", omitsEmpty: true, .string(isContainer ? event.actor : "")),
        TemplateField("From", jsonName: "from", omitsEmpty: true, .string(isContainer ? image : "")),
        TemplateField("Type", .string(event.type)),
        TemplateField("Action", .string(event.action)),
        TemplateField(
          "Actor",
          .record(
            "events.Actor",
            [TemplateField("ID", .string(event.actor)), TemplateField("Attributes", .map(attributes))])),
        TemplateField("Scope", jsonName: "scope", omitsEmpty: true, .string("local")),
        TemplateField("Time", jsonName: "time", omitsEmpty: true, .number(event.time / 1_000_000_000)),
        TemplateField("TimeNano", jsonName: "timeNano", omitsEmpty: true, .number(event.time)),
      ])
  }
}
