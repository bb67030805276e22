import ArgumentParser
import Engine
import Runtime
import Templates

/// `volume`: folders that outlive containers.
struct VolumeNoun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume", abstract: "Make, list and remove volumes: folders that outlive containers.",
    subcommands: [
      VolumeCreate.self, VolumeInspect.self, VolumeList.self, VolumePrune.self, VolumeRemove.self,
    ])
}

struct VolumeCreate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a volume. One that is there stays as it is.")

  @Option(name: .shortAndLong, help: ArgumentHelp("The driver: local.", valueName: "name"))
  var driver = Volume.driver
  @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("A label.", valueName: "key=value"))
  var label: [String] = []
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("What is mounted on it while it is used: type=, device=, o=.", valueName: "key=value"))
  var opt: [String] = []
  // As it was written before the name was an argument.
  @Option(name: .customLong("name"), parsing: .unconditional, help: .hidden) var formerName: String?
  @Argument(help: ArgumentHelp("Its name; else 64 digits by chance.", valueName: "name"))
  var argument: String?

  func run() throws {
    if formerName != nil && argument != nil {
      throw Failure("create \(argument!)", reason: "--name gives it another name")
    }
    let name = argument ?? formerName
    if driver != Volume.driver {
      throw Failure("create \(name ?? "a volume")", reason: "no driver \"\(driver)\"", hint: "there is local")
    }
    let volume = try Volumes().create(name, labels: Self.pairs(label), options: Self.pairs(opt))
    print(volume.name)
  }

  private static func pairs(_ words: [String]) -> [String: String] {
    var pairs: [String: String] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      pairs[parts[0]] = parts.count == 2 ? parts[1] : ""
    }
    return pairs
  }
}

struct VolumeList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List volumes.", aliases: ["list"])

  @Flag(name: .shortAndLong, help: "Names alone.") var quiet = false
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only: dangling=true, driver=, label=, name=.", valueName: "key=value"))
  var filter: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let format = try RowFormat(
      self.format, usual: "{{.Driver}}\\t{{.Name}}",
      headers: [
        "Driver": "DRIVER", "Name": "VOLUME NAME", "Scope": "SCOPE", "Mountpoint": "MOUNTPOINT",
        "Labels": "LABELS",
        "Links": "LINKS", "Size": "SIZE", "Availability": "AVAILABILITY", "Group": "GROUP",
        "Status": "STATUS",
      ])
    let filter = try VolumeFilter(self.filter)
    let volumes = Volumes()
    let users = self.filter.isEmpty ? [:] : volumes.users()
    let found = volumes.all { ErrorReport.say("warning: \($0)") }.filter { one in
      filter.keeps(one) { users[$0.name] != nil }
    }
    if quiet {
      Output.write(found.map { $0.name + "\n" }.joined())
    } else {
      try format.print(found.map(\.row))
    }
  }
}

struct VolumeInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tell all about volumes, as JSON.")

  @OptionGroup var flags: InspectFlags

  func run() throws { try flags.run(.volume) }
}

struct VolumeRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove volumes that no container uses, and what is in them.",
    aliases: ["remove"])

  @Flag(name: .shortAndLong, help: "What is not there is no error.") var force = false
  @Argument(
    help: ArgumentHelp("Names.", valueName: "volume"),
    completion: .custom { _, _, _ in Completions.volumes() })
  var names: [String]

  func run() throws {
    let volumes = Volumes()
    try EachWord.run(names) { word in
      if !(force && volumes.isMissing(word)) { try volumes.remove(word) }
    }
  }
}

struct VolumePrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove volumes without a name that no container uses.")

  @Flag(name: .shortAndLong, help: "Those with names as well.") var all = false
  @Flag(name: .shortAndLong, help: "Do not ask.") var force = false
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Some only: label=, label!=, all=true.", valueName: "key=value"))
  var filter: [String] = []

  func run() throws {
    let words = try FilterWords(filter, known: ["all", "label", "label!"])
    let named = all || ["true", "1"].contains(words["all"].last)
    let which = named ? "all local volumes" : "anonymous local volumes"
    guard force || Question.allowsRemoval(of: "\(which) not used by at least one container") else { return }
    Reclaimed.tell(PruneFlags.pruneVolumes(named: named) { words.fits(labels: $0.labels) })
  }
}
