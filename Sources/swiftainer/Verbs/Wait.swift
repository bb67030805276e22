import ArgumentParser

struct Wait: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until containers end, and print their exit codes.")

  @OptionGroup var words: ContainerWords

  func run() throws { try words.each(prints: false) { print(try $0.wait()) } }
}
