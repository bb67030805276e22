import ArgumentParser

/// The flags of `load`.
public struct LoadFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("The archive, or the folder of an OCI layout; else standard input.", valueName: "file")
  )
  public var input: String?
  @Flag(name: .shortAndLong, help: "For docker's sake: no progress is shown anyway.") public var quiet = false

  public init() {}
}

/// The flags of `save`.
public struct SaveFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Where the archive goes; else standard output.", valueName: "file"))
  public var output: String?
  @Argument(help: ArgumentHelp("Names or IDs.", valueName: "image"))
  public var images: [String]

  public init() {}
}

/// The flags of `import`.
public struct ImportFlags: ParsableArguments {
  @OptionGroup public var words: ChangeFlags
  @Option(
    parsing: .unconditional, help: ArgumentHelp("What it runs on.", valueName: "os/architecture"))
  public var platform: String?
  @Argument(help: ArgumentHelp("An archive of a root file system; - for standard input.", valueName: "file"))
  public var source: String
  @Argument(help: ArgumentHelp("NAME[:TAG].", valueName: "image"))
  public var image: String?

  public init() {}
}

/// The flags of `export`.
public struct ExportFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Where the archive goes; else standard output.", valueName: "file"))
  public var output: String?
  @Argument(help: ArgumentHelp("A name, an ID, or the beginning of one.", valueName: "container"))
  public var container: String

  public init() {}
}

/// The flags of `commit`.
public struct CommitFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: ArgumentHelp("Who made it.", valueName: "author"))
  public var author: String?
  @OptionGroup public var words: ChangeFlags
  @Flag(
    name: .shortAndLong, inversion: .prefixedNo,
    help: "Pause the container meanwhile, so that its files are of one moment.")
  public var pause = true
  @Argument(help: ArgumentHelp("A name, an ID, or the beginning of one.", valueName: "container"))
  public var container: String
  @Argument(help: ArgumentHelp("NAME[:TAG].", valueName: "image"))
  public var image: String?

  public init() {}
}

/// What is said of an image that is made here.
public struct ChangeFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A line of a Dockerfile: CMD, ENV, EXPOSE and so on.", valueName: "line"))
  public var change: [String] = []
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("What it is, for its history.", valueName: "text"))
  public var message: String?

  public init() {}
}
