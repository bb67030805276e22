import ArgumentParser
import Engine

struct Remove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove containers that have ended.", aliases: ["remove"])

  @Flag(
    name: .shortAndLong, help: "Those that run as well: they are killed. What is not there is no failure.")
  var force = false
  @Flag(name: .shortAndLong, help: "Their anonymous volumes as well.") var volumes = false
  @OptionGroup var words: ContainerWords

  func run() throws {
    guard force else {
      try words.each { try $0.remove(volumes: volumes) }
      return
    }
    // As with docker: it is told what is not there, and whoever wanted it gone has what they wanted.
    try words.eachWord(forgivesMissing: true) { word, all in
      do {
        try all.find(word).remove(force: true, volumes: volumes)
      } catch  where all.isMissing(word) {
        throw error
      } catch {
        // Its files cannot be read: then it goes by its ID.
        try all.discard(word)
      }
    }
  }
}
