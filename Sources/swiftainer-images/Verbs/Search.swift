import ArgumentParser
import ImageFlags
import OCISpec
import Registry

/// Answers in JSON: `swiftainer search` prints it as its reader wants it.
struct Search: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "search")
  @OptionGroup var flags: SearchFlags

  func run() async throws {
    let found = try await Registries.with { client in
      try await client.search(flags.term, limit: flags.limit ?? 25)
    }
    var writer = JSONWriter(.compact)
    writer.array { writer in
      for one in found {
        writer.object { writer in
          writer.member("name", one.name)
          writer.member("description", one.summary)
          writer.member("star_count", one.stars)
          writer.member("is_official", one.isOfficial)
        }
      }
    }
    Told.write(String(decoding: writer.bytes, as: UTF8.self) + "\n", to: 1)
  }
}
