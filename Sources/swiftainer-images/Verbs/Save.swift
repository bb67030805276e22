import Archives
import ArgumentParser
import Engine
import Glibc
import ImageFlags
import Images
import Runtime

struct Save: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "save")
  @OptionGroup var flags: SaveFlags

  func run() async throws {
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    var chosen: [(image: StoredImage, references: [ImageReference])] = []
    for word in flags.images {
      for (image, references) in try Self.images(word, store) {
        if let index = chosen.firstIndex(where: { $0.image.id == image.id }) {
          chosen[index].references += references.filter { !chosen[index].references.contains($0) }
        } else {
          chosen.append((image, references))
        }
      }
    }
    try ArchiveFile.write(to: flags.output, "save") { sink throws(Failure) in
      try ImageArchiveWriter(from: store).write(
        chosen.map { .init(manifest: $0.image.manifest, references: $0.references) }, to: sink)
    }
    for one in chosen { images.tell("save", one.image, one.references.first?.familiar ?? "\(one.image.id)") }
    lock.release()
  }

  /// What a word stands for, and the names that are to be kept of it.
  private static func images(
    _ word: String, _ store: ImageStore
  ) throws -> [(image: StoredImage, references: [ImageReference])] {
    let name = try? ImageReference(word)
    if let name, name.tag == nil, name.digest == nil {
      // A repository without a tag is all of its tags.
      let tags = try store.tags().map(\.reference).filter { $0.name == name.name && $0.tag != nil }
      if !tags.isEmpty { return try tags.map { (try store.find($0.full), [$0]) } }
    }
    let image = try store.find(word)
    return [(image, image.references.filter { $0.digest == nil && $0 == name?.tagged })]
  }
}
