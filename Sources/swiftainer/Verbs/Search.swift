import ArgumentParser
import Engine
import ImageFlags
import OCISpec
import Runtime
import Templates

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Look for images in a registry.")

  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only: is-official=true, stars=NUMBER.", valueName: "key=value"))
  var filter: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?
  @Flag(help: "All of each description.") var noTrunc = false
  @OptionGroup var flags: SearchFlags

  func run() throws {
    let format = try RowFormat(
      self.format, usual: "{{.Name}}\\t{{.Description}}\\t{{.StarCount}}\\t{{.IsOfficial}}",
      headers: [
        "Name": "NAME", "Description": "DESCRIPTION", "StarCount": "STARS", "IsOfficial": "OFFICIAL",
        "IsAutomated": "AUTOMATED",
      ])
    let words = try FilterWords(filter, known: ["is-official", "is-automated", "stars"])
    let (isOfficial, isAutomated) = (try words.flag("is-official"), try words.flag("is-automated"))
    let limit = flags.limit ?? 25
    guard (1...100).contains(limit) else {
      throw Failure("--limit", "\(limit)", reason: "not a whole number from 1 to 100")
    }
    let stars = try number(words["stars"].last, "--filter stars=", 0...Int(Int32.max)) ?? 0
    let text = try ImageProgram.run(["search", "--limit", "\(limit)", "--", flags.term], reads: true)
    let found = try JSONDocument(Array(text.utf8), name: "the registry's answer").root.array {
      (node) throws(SpecError) in try SearchResult(json: node)
    }
    let rows = found.filter { one in
      one.stars >= stars && isOfficial ?? one.isOfficial == one.isOfficial
        && isAutomated ?? one.isAutomated == one.isAutomated
    }
    try format.print(rows.map { $0.row(isShort: !noTrunc) })
  }
}

/// A repository that a registry knows. Source: `SearchResult` of the Docker Engine API.
private struct SearchResult {
  let name: String
  let description: String
  let stars: Int
  let isOfficial: Bool
  let isAutomated: Bool

  init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    name = try object.required("name").string()
    description = try object.string("description") ?? ""
    stars = try object.integer("star_count") ?? 0
    isOfficial = try object["is_official"]?.bool() ?? false
    isAutomated = try object["is_automated"]?.bool() ?? false
  }

  func row(isShort: Bool) -> TemplateValue {
    let line = description.split(whereSeparator: \.isNewline).joined(separator: " ")
    return .record(
      TemplateRecord(
        "*search.searchContext", style: .row,
        [
          TemplateField("Description", .string(isShort ? Ellipsis.text(line, 45) : line)),
          TemplateField("IsAutomated", .string(isAutomated ? "[OK]" : "")),
          TemplateField("IsOfficial", .string(isOfficial ? "[OK]" : "")),
          TemplateField("Name", .string(name)), TemplateField("StarCount", .string("\(stars)")),
        ]))
  }
}
