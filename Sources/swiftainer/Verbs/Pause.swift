import ArgumentParser

struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Stop containers' processes where they stand.")

  @OptionGroup var words: ContainerWords

  func run() throws { try words.each { try $0.pause() } }
}

struct Unpause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause", abstract: "Let paused containers go on.")

  @OptionGroup var words: ContainerWords

  func run() throws { try words.each { try $0.unpause() } }
}
