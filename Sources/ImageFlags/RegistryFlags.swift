import ArgumentParser

/// The flags of `pull`.
public struct PullFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "All tags of the repository.") public var allTags = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of an image for several machines, the one for this.", valueName: "os/architecture"))
  public var platform: String?
  @Flag(name: .shortAndLong, help: "No progress.") public var quiet = false
  @Argument(help: ArgumentHelp("NAME[:TAG] or NAME@DIGEST.", valueName: "image"))
  public var image: String

  public init() {}
}

/// The flags of `push`.
public struct PushFlags: ParsableArguments {
  @Flag(name: .shortAndLong, help: "All tags of the repository.") public var allTags = false
  @Flag(name: .shortAndLong, help: "No progress.") public var quiet = false
  @Argument(help: ArgumentHelp("NAME[:TAG].", valueName: "image"))
  public var image: String

  public init() {}
}

/// The flags of `login`.
public struct LoginFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Who you are there.", valueName: "name"))
  public var username: String?
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Others see it among the processes: --password-stdin.", valueName: "password"))
  public var password: String?
  @Flag(help: "Read the password from standard input.") public var passwordStdin = false
  @Argument(help: ArgumentHelp("The registry; else docker.io.", valueName: "server"))
  public var server: String?

  public init() {}
}

/// The flags of `logout`.
public struct LogoutFlags: ParsableArguments {
  @Argument(help: ArgumentHelp("The registry; else docker.io.", valueName: "server"))
  public var server: String?

  public init() {}
}

/// What `search` asks a registry.
public struct SearchFlags: ParsableArguments {
  @Option(
    parsing: .unconditional, help: ArgumentHelp("At most so many, else 25.", valueName: "number"))
  public var limit: Int?
  @Argument(
    help: ArgumentHelp("A word, below a registry's name where it is not docker.io.", valueName: "term"))
  public var term: String

  public init() {}
}
