import ArgumentParser
import Engine

struct Remove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove containers that have ended.", aliases: ["remove"])

  @Flag(name: .shortAndLong, help: "Those that run as well: they are killed.") var force = false
  @Flag(name: .shortAndLong, help: "Their anonymous volumes as well.") var volumes = false
  @OptionGroup var words: ContainerWords

  func run() throws {
    if force {
      try words.eachWord { word, all in
        do {
          try all.find(word).remove(force: true, volumes: volumes)
        } catch  where all.isMissing(word) {
          // As with Docker: what is not there needs no force.
          throw error
        } catch {
          // Its files cannot be read: then it goes by its ID.
          try all.discard(word)
        }
      }
      return
    }
    try words.each { try $0.remove(volumes: volumes) }
  }
}
