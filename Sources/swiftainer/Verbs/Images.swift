import ArgumentParser
import Engine
import Images
import Runtime
import Templates

struct ImageList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "images", abstract: "List images.", aliases: [])

  @OptionGroup var flags: ImageListFlags

  func run() throws { try flags.run() }
}

/// `image ls`, which is `images`.
struct ImageNounList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List images.", aliases: ["list"])

  @OptionGroup var flags: ImageListFlags

  func run() throws { try flags.run() }
}

struct ImageListFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "For docker's sake: there are no intermediate images.")
  var all = false
  @Flag(help: "Digests as well.") var digests = false
  @Flag(help: "IDs with all of their digits.") var noTrunc = false
  @Flag(name: .shortAndLong, help: "IDs alone.") var quiet = false
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Some only: before=, dangling=true, label=, reference=, since=, until=.", valueName: "key=value"))
  var filter: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?
  @Argument(
    help: ArgumentHelp("A repository, with a tag or without, or a pattern.", valueName: "repository[:tag]"),
    completion: .custom { _, _, _ in Completions.images() })
  var word: String?

  func run() throws {
    let usual =
      "{{.Repository}}\\t{{.Tag}}\\t" + (digests ? "{{.Digest}}\\t" : "")
      + "{{.ID}}\\t{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\\t{{.Size}}"
    let format = try RowFormat(self.format, usual: usual, headers: ImageRow.headers)
    let images = EngineImages()
    let filter = try ImageFilter(self.filter + (word.map { ["reference=\($0)"] } ?? []), images)
    let found = try images.store.all { ErrorReport.say("warning: \($0)") }.filter(filter.keeps)
      .sorted { $0.createdAt > $1.createdAt }
    if quiet {
      var seen: Set<String> = []
      for image in found where seen.insert(image.id.hex).inserted {
        Output.write((noTrunc ? image.id.description : image.id.short) + "\n")
      }
      return
    }
    let users = found.isEmpty ? [:] : images.users()
    let now = Moment.now()
    try format.print(
      found.flatMap { image in
        image.names(fitting: filter.references).map {
          ImageRow(
            image: image, name: $0, containers: users[image.id]?.count ?? 0, isShort: !noTrunc, now: now
          ).value
        }
      })
  }
}
