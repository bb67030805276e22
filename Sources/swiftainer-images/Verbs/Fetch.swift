import ArgumentParser
import Engine
import Images
import OCISpec

/// Brings the image that `run` and `create` miss; people type `pull`, which says more.
struct Fetch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "fetch")
  @Option(parsing: .unconditional) var platform: String?
  @Flag var quiet = false
  @Argument var image: String

  func run() async throws {
    let platform = try platform.map { try Platform(flag: $0) }
    let images = EngineImages()
    let lock = try images.store.hold(.adding)
    try await Registries.with { client in
      try await Pull.pull(
        ImageReference(image).tagged, platform, client, images, ProgressBoard(isQuiet: quiet))
    }
    lock.release()
  }
}
