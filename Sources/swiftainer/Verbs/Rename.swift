import ArgumentParser
import Engine

struct Rename: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Give a container another name.")

  @OptionGroup var word: ContainerWord
  @Argument(help: ArgumentHelp("The new name.", valueName: "name")) var name: String

  func run() throws { try word.find().rename(to: name) }
}
