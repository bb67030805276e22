import ArgumentParser

struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Stop containers' processes where they stand.")

  @OptionGroup var words: ContainerWords

  func run() throws { try words.each { try $0.pause() } }
}

struct Unpause: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Let paused containers go on.")

  @OptionGroup var words: ContainerWords

  func run() throws { try words.each { try $0.unpause() } }
}
