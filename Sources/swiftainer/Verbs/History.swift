import ArgumentParser
import Engine
import Images
import OCISpec
import Templates

struct History: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Show how an image came to be, the last step first.")

  @Flag(
    name: [.customShort("H"), .long], inversion: .prefixedNo,
    help: "Sizes and times as people say them.")
  var human = true
  @Flag(help: "All of each text.") var noTrunc = false
  @Flag(name: .shortAndLong, help: "IDs alone.") var quiet = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?
  @Argument(
    help: ArgumentHelp("A name, an ID, or the beginning of one.", valueName: "image"),
    completion: .custom { _, _, _ in Completions.images() })
  var image: String

  func run() throws {
    let usual =
      "{{.ID}}\\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}"
    let format = try RowFormat(
      self.format, usual: usual,
      headers: [
        "ID": "IMAGE", "CreatedAt": "CREATED AT", "CreatedSince": human ? "CREATED" : "CREATED AT",
        "CreatedBy": "CREATED BY", "Size": "SIZE", "Comment": "COMMENT",
      ])
    let store = EngineImages().store
    let image = try store.find(self.image)
    let steps = HistoryStep.all(of: image, among: try store.all())
    if quiet {
      Output.write(steps.map { id($0) + "\n" }.joined())
      return
    }
    let now = Moment.now()
    try format.print(steps.map { row($0, now) })
  }

  private func id(_ step: HistoryStep) -> String {
    step.image.map { noTrunc ? $0.description : $0.short } ?? "<missing>"
  }

  private func row(_ step: HistoryStep, _ now: Moment) -> TemplateValue {
    let entry = step.entry
    let created = entry.created.flatMap { Moment($0) }
    // On one line, as a table has it.
    let command = (entry.createdBy ?? "").split(whereSeparator: { $0 == "\t" || $0 == "\n" }).joined(
      separator: " ")
    return .record(
      TemplateRecord(
        "*image.historyContext", style: .row,
        [
          TemplateField("Comment", .string(entry.comment ?? "")),
          TemplateField("CreatedAt", .string(entry.created ?? "")),
          TemplateField("CreatedBy", .string(noTrunc ? command : Ellipsis.text(command, 45))),
          .lazy("CreatedSince") {
            .string(human ? created.map { $0.ago(now) + " ago" } ?? "" : entry.created ?? "")
          },
          TemplateField("ID", .string(id(step))),
          TemplateField("Size", .string(human ? HumanSize.decimal(step.size, digits: 3) : String(step.size))),
        ]))
  }
}
