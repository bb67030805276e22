import ArgumentParser
import Engine
import ImageFlags
import Images
import OCISpec

/// Brings the image that `run` and `create` miss; people type `pull`, which says more.
struct Fetch: AsyncParsableCommand {
  @OptionGroup var flags: PullFlags

  func run() async throws {
    let platform = try flags.platform.map { try Platform(flag: $0) }
    let images = EngineImages()
    let lock = try images.store.hold(.adding)
    try await Registries.with { client in
      try await Pull.pull(
        ImageReference(flags.image).tagged, platform, client, images, ProgressBoard(isQuiet: flags.quiet))
    }
    lock.release()
  }
}
