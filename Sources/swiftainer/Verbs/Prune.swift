import ArgumentParser
import Engine
import Runtime

struct ContainerPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove all containers that do not run.")

  @OptionGroup var flags: PruneFlags

  func run() throws {
    try flags.ask("all stopped containers") { chosen in
      Reclaimed.tell(flags.pruneContainers(chosen))
    }
  }
}

struct SystemPrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove what nobody uses: containers that do not run, networks, images.")

  @Flag(name: .shortAndLong, help: "Also images that have a name.") var all = false
  @Flag(help: "Also volumes without a name that no container has.") var volumes = false
  @OptionGroup var flags: PruneFlags

  func run() throws {
    if volumes, flags.filter.contains(where: { $0.hasPrefix("until=") }) {
      throw Failure(
        "--filter until", reason: "it is not supported with --volumes", hint: "volumes have no time")
    }
    var what = ["all stopped containers", "all networks not used by at least one container"]
    if volumes { what.append("all anonymous volumes not used by at least one container") }
    what.append(all ? "all images without at least one container associated to them" : "all dangling images")
    try flags.ask(what) { chosen in
      var bytes = flags.pruneContainers(chosen)
      PruneFlags.pruneNetworks(chosen)
      // Of one kind's trouble the others are none the worse.
      do { bytes += try PruneFlags.pruneImages(chosen, all: all) } catch {
        ErrorReport.say("warning: \(error)")
      }
      if volumes {
        bytes += PruneFlags.pruneVolumes(named: false) { chosen.keeps(labels: $0.labels, created: .now()) }
      }
      Reclaimed.tell(bytes)
    }
  }
}

struct PruneFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do not ask.") var force = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only: label=NAME[=VALUE], label!=…, until=24h.", valueName: "key=value"))
  var filter: [String] = []

  /// Asks, and does it.
  func ask(_ what: String, then remove: (PruneFilter) throws -> Void) throws {
    let chosen = try PruneFilter(filter)
    if force || Question.allowsRemoval(of: what) { try remove(chosen) }
  }

  /// The same for things of several kinds.
  func ask(_ kinds: [String], then remove: (PruneFilter) throws -> Void) throws {
    let chosen = try PruneFilter(filter)
    if force || Question.allowsRemoval(of: kinds, filter: filter) { try remove(chosen) }
  }

  /// Removes containers, and returns how many bytes they took.
  func pruneContainers(_ chosen: PruneFilter) -> Int64 {
    let removed = Containers().prune(chosen) { ErrorReport.say("warning: \($0)") }
    Reclaimed.tell("Containers", removed.ids)
    return removed.bytes
  }
}

extension PruneFlags {
  static func pruneNetworks(_ chosen: PruneFilter) {
    let names = EngineNetworks().prune { network in
      Moment(network.created).map { chosen.keeps(labels: network.labels, created: $0) } ?? false
    } warn: {
      ErrorReport.say("warning: \($0)")
    }
    Reclaimed.tell("Networks", names)
  }

  /// Removes volumes, and returns how many bytes they took.
  static func pruneVolumes(named: Bool, where condition: (Volume) -> Bool) -> Int64 {
    let pruned = Volumes().prune(named: named, where: condition) { ErrorReport.say("warning: \($0)") }
    Reclaimed.tell("Volumes", pruned.names)
    return pruned.size
  }
}

/// What a prune has removed, in docker's words.
enum Reclaimed {
  static func tell(_ kind: String, _ names: [String]) {
    if !names.isEmpty { Output.write("Deleted \(kind):\n" + names.map { $0 + "\n" }.joined() + "\n") }
  }

  static func tell(_ bytes: Int64) { Output.write("Total reclaimed space: \(HumanSize.decimal(bytes))\n") }
}
