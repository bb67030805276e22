import ArgumentParser
import Engine
import ImageFlags
import Images
import OCISpec
import Registry
import Runtime

struct Push: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "push")
  @OptionGroup var flags: PushFlags

  func run() async throws {
    let reference = try ImageReference(flags.image)
    if reference.digest != nil {
      throw Failure("push \(flags.image)", reason: "cannot push a digest reference")
    }
    let board = ProgressBoard(isQuiet: flags.quiet)
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    let all = try store.tags().filter { tagged in
      tagged.reference.name == reference.name && tagged.reference.tag != nil
        && (flags.allTags || tagged.reference == reference.tagged)
    }
    if all.isEmpty {
      throw Failure("An image does not exist locally with the tag: \(reference.familiarName)")
    }
    if reference.tag == nil && !flags.allTags { board.line("Using default tag: latest") }
    board.line("The push refers to repository [\(reference.name)]")
    try await Registries.with { client in
      for tagged in all {
        let image = try store.image(tagged.descriptor)
        let names = Dictionary(
          zip(image.layers.map(\.digest), image.config.diffIDs.map(\.short)),
          uniquingKeysWith: { first, _ in first })
        let push = Registry.Push(client, from: StorePush(store: store)) { blob, step in
          board.tell(names[blob.digest] ?? blob.digest.short, step)
        }
        try await push.run(tagged.descriptor, to: tagged.reference)
        // It is there now: other repositories can have its layers from there.
        try store.tag(tagged.reference.with(digest: tagged.descriptor.digest), tagged.descriptor)
        images.tell("push", image, tagged.reference.familiar)
        board.line(
          "\(tagged.reference.tag!): digest: \(tagged.descriptor.digest) size: \(tagged.descriptor.size)")
        if flags.quiet { Told.line(tagged.reference.full) }
      }
    }
    lock.release()
  }
}

/// This machine's store, as a push reads it.
struct StorePush: PushSource {
  let store: ImageStore

  func read(_ descriptor: Descriptor) async throws -> [UInt8] { try store.read(descriptor.digest) }

  func path(of blob: Descriptor) async throws -> String { store.path(of: blob.digest) }

  func repositories(with blob: Descriptor, in registry: String) async -> [String] {
    let images = (try? store.all()) ?? []
    let having = images.filter { $0.layers.contains { $0.digest == blob.digest } }
    // Those with a digest have been there.
    let known = having.flatMap(\.references).filter { $0.registry == registry && $0.digest != nil }
    return Set(known.map(\.repository)).sorted()
  }
}
