import ArgumentParser
import Engine
import Images

struct ImageRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rmi", abstract: "Remove images, or names of them.")

  @OptionGroup var flags: ImageRemoveFlags

  func run() throws { try flags.run() }
}

/// `image rm`, which is `rmi`.
struct ImageNounRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove images, or names of them.", aliases: ["remove"])

  @OptionGroup var flags: ImageRemoveFlags

  func run() throws { try flags.run() }
}

struct ImageRemoveFlags: ParsableArguments {
  @Flag(
    name: .shortAndLong, help: "Even where stopped containers use it; and what is not there is no failure.")
  var force = false
  @Argument(
    help: ArgumentHelp("Names, IDs, or beginnings of IDs.", valueName: "image"),
    completion: .custom { _, _, _ in Completions.images() })
  var images: [String]

  func run() throws {
    let engine = EngineImages()
    let isForgiven = { (word: String, _: Error) in try force && engine.store.lookUp(word) == nil }
    try EachWord.run(images, prints: false, forgives: isForgiven) { word in
      for line in try engine.remove(word, isForced: force) { print(line) }
    }
  }
}

struct ImagePrune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Remove images without a name that no container uses.")

  @Flag(name: .shortAndLong, help: "Those with names as well.") var all = false
  @OptionGroup var flags: PruneFlags

  func run() throws {
    let what = all ? "all images without at least one container associated to them" : "all dangling images"
    try flags.ask(what) { chosen in
      Reclaimed.tell(try PruneFlags.pruneImages(chosen, all: all))
    }
  }
}

extension PruneFlags {
  /// Removes images, and returns how many bytes they took.
  static func pruneImages(_ chosen: PruneFilter, all: Bool) throws -> Int64 {
    let pruned = try EngineImages().prune(tagged: all, chosen)
    if !pruned.removed.isEmpty {
      Output.write("Deleted Images:\n" + pruned.removed.map { prunedWords($0) + "\n" }.joined() + "\n")
    }
    return pruned.size
  }

  /// Docker begins these in lower case.
  private static func prunedWords(_ removed: RemovedImage) -> String {
    let text = "\(removed)"
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
