import ArgumentParser
import Engine
import ImageFlags
import Images
import OCISpec
import Registry
import Runtime

struct Pull: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "pull")
  @OptionGroup var flags: PullFlags

  func run() async throws {
    let reference = try ImageReference(flags.image)
    let platform = try flags.platform.map { try Platform(flag: $0) }
    let board = ProgressBoard(isQuiet: flags.quiet)
    let images = EngineImages()
    let lock = try images.store.hold(.adding)
    try await Registries.with { client in
      guard flags.allTags else {
        if reference.tag == nil && reference.digest == nil { board.line("Using default tag: latest") }
        try await Self.pull(reference.tagged, platform, client, images, board)
        Told.line(reference.tagged.full)
        return
      }
      if reference.tag != nil || reference.digest != nil {
        throw Failure("pull \(flags.image)", reason: "tag can't be used with --all-tags/-a")
      }
      for tag in try await client.tags(of: reference) {
        var one = reference
        one.tag = tag
        try await Self.pull(one, platform, client, images, board)
      }
      Told.line(reference.name)
    }
    lock.release()
  }

  /// Brings one, and gives it its names.
  static func pull(
    _ reference: ImageReference, _ platform: Platform?, _ client: RegistryClient, _ images: EngineImages,
    _ board: ProgressBoard
  ) async throws {
    let store = images.store
    board.line("\(reference.tagOrDigest): Pulling from \(reference.repository)")
    let before = try store.tags().first { $0.reference == reference }
    let pull = Registry.Pull(client, into: StorePull(store: store)) { board.tell($0.digest.short, $1) }
    let pulled = try await pull.run(reference, platform: platform)
    // The digest first: a tag is what says that all is there.
    try store.tag(reference.with(digest: pulled.named.digest), pulled.manifest)
    if reference.digest == nil { try store.tag(reference, pulled.manifest) }
    let image = try store.image(pulled.manifest)
    images.tell("pull", image, reference.familiar)
    board.line("Digest: \(pulled.named.digest)")
    let isNew = before?.descriptor.digest != pulled.manifest.digest
    board.line(
      isNew
        ? "Status: Downloaded newer image for \(reference.familiar)"
        : "Status: Image is up to date for \(reference.familiar)")
  }
}
