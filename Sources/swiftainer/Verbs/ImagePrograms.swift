import ArgumentParser
import ImageFlags

// What `swiftainer-images` does. The flags are defined once for both: here they are checked, helped with and
// completed, there they are obeyed.

struct Pull: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Fetch an image from a registry.")
  @OptionGroup var flags: PullFlags
  func run() throws { try ImageProgram.become("pull") }
}

struct Push: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Bring an image to a registry.")
  @OptionGroup var flags: PushFlags
  func run() throws { try ImageProgram.become("push") }
}

struct Login: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "login", abstract: "Tell a registry who you are, from now on.")
  @OptionGroup var flags: LoginFlags
  func run() throws { try ImageProgram.become("login") }
}

struct Logout: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Forget who you are to a registry.")
  @OptionGroup var flags: LogoutFlags
  func run() throws { try ImageProgram.become("logout") }
}

struct ImageLoad: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Take images from an archive, or from an OCI layout.")
  @OptionGroup var flags: LoadFlags
  func run() throws { try ImageProgram.become("load") }
}

struct ImageSave: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Write images into an archive.")
  @OptionGroup var flags: SaveFlags
  func run() throws { try ImageProgram.become("save") }
}

struct ImageImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make an image from an archive of a root file system.")
  @OptionGroup var flags: ImportFlags
  func run() throws { try ImageProgram.become("import") }
}

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a container's files into an archive.")
  @OptionGroup var flags: ExportFlags
  func run() throws { try ImageProgram.become("export") }
}

struct Commit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Make an image from what a container has changed.")
  @OptionGroup var flags: CommitFlags
  func run() throws { try ImageProgram.become("commit") }
}
