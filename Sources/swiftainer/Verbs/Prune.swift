import ArgumentParser
import Engine
import Runtime

struct ContainerPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove all containers that do not run.")

  @OptionGroup var flags: PruneFlags

  func run() throws {
    try flags.run(removing: ["all stopped containers"], isShort: true)
  }
}

struct SystemPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove what nobody uses: containers that do not run.")

  @Flag(name: .shortAndLong, help: "Also images that have a name; there are none yet.") var all = false
  @OptionGroup var flags: PruneFlags

  func run() throws {
    try flags.run(removing: ["all stopped containers"], isShort: false)
  }
}

struct PruneFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask.") var force = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only: label=NAME[=VALUE], label!=…, until=24h.", valueName: "key=value"))
  var filter: [String] = []

  /// Asks, and removes containers.
  ///
  /// - Parameter isShort: the question is one of a few words.
  func run(removing what: [String], isShort: Bool) throws {
    let chosen = try PruneFilter(filter)
    if !force {
      var text = "WARNING! This will remove"
      if isShort {
        text += " \(what.joined(separator: ", ")).\n"
      } else {
        text += ":\n" + what.map { "  - \($0)\n" }.joined() + "\n"
        if !filter.isEmpty {
          text +=
            "  Items to be pruned will be filtered with:\n" + filter.sorted().map { "  - \($0)\n" }.joined()
            + "\n"
        }
      }
      guard Question.isAnsweredByYes(text + "Are you sure you want to continue?") else { return }
    }
    let removed = Containers().prune(chosen) { ErrorReport.say("warning: \($0)") }
    if !removed.ids.isEmpty {
      Output.write("Deleted Containers:\n" + removed.ids.map { $0 + "\n" }.joined() + "\n")
    }
    Output.write("Total reclaimed space: \(HumanSize.decimal(removed.bytes))\n")
  }
}
