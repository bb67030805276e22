import ArgumentParser
import Engine
import Glibc
import Runtime

struct Copy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cp",
    abstract: "Copy files between a container and the host; - is a tar archive.",
    usage: """
      swiftainer cp [<options>] <container>:<path> <path>|-
      swiftainer cp [<options>] <path>|- <container>:<path>
      """)

  @Flag(name: .shortAndLong, help: "Keep owners and extended attributes.") var archive = false
  @Flag(name: [.customShort("L"), .long], help: "Follow a link that is named.") var followLink = false
  @Flag(name: .shortAndLong, help: "Say nothing where all is well.") var quiet = false
  @Argument(help: ArgumentHelp("What to copy.", valueName: "source")) var source: String
  @Argument(help: ArgumentHelp("Where to.", valueName: "target")) var target: String

  func run() throws {
    var request = CopyRequest()
    request.isArchive = archive
    request.follows = followLink
    request.warn = { ErrorReport.say("warning: \($0)") }
    switch (CopyWord(source), CopyWord(target)) {
    case (.container, .container): throw Failure("copying between containers is not supported")
    case (.container(let word, let path), .stream):
      try tar { try find(word, path).pack(path, follows: followLink) }
    case (.stream, .container(let word, let path)):
      try tar { try find(word, path).unpack(to: path) }
    case (.container(let word, let path), .host(let other)):
      tell(try find(word, path).copy(out: path, to: other, request), other)
    case (.host(let other), .container(let word, let path)):
      tell(try find(word, path).copy(in: other, to: path, request), target)
    default: throw Failure("must specify at least one container source")
    }
  }

  private func find(_ word: String, _ path: String) throws -> StoredContainer {
    if path.isEmpty { throw Failure("cp \(word):", reason: "a path in the container is missing") }
    return try Containers().find(word)
  }

  private func tar(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as TarFailure {
      throw ExitCode(error.code)
    }
  }

  /// As with docker: only a person who looks on is told.
  private func tell(_ bytes: Int64, _ place: String) {
    if quiet || isatty(STDOUT_FILENO) != 1 { return }
    ErrorReport.say("Successfully copied \(HumanSize.decimal(bytes, digits: 3)) to \(place)", prefix: false)
  }
}
