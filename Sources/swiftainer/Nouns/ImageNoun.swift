import ArgumentParser

/// `image`: what containers are made from.
struct ImageNoun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "The verbs for images: image ls, image rm and so on.",
    subcommands: [
      History.self, ImageImport.self, ImageInspect.self, ImageLoad.self, ImageNounList.self, ImagePrune.self,
      Pull.self, Push.self, ImageNounRemove.self, ImageSave.self, Tag.self,
    ])
}

struct ImageInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tell all about images, as JSON.")

  @OptionGroup var flags: InspectFlags

  func run() throws { try flags.run(.image) }
}
