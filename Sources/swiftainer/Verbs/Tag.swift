import ArgumentParser
import Engine
import Images

struct Tag: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Give an image one more name.")

  @Argument(
    help: ArgumentHelp("Its name, its ID, or the beginning of it.", valueName: "image"),
    completion: .custom { _, _, _ in Completions.images() })
  var image: String
  @Argument(help: ArgumentHelp("The new name, NAME[:TAG].", valueName: "name"))
  var name: String

  func run() throws { try EngineImages().tag(image, as: name) }
}
