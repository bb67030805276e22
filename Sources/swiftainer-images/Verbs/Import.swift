import Archives
import ArgumentParser
import Engine
import Glibc
import ImageFlags
import Images
import OCISpec
import Runtime

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "import")
  @OptionGroup var flags: ImportFlags

  func run() throws {
    let reference = try flags.image.map { try ImageReference($0).tagged }
    let changes = try flags.words.change.map { try DockerfileLine($0) }
    let platform = try flags.platform.map { try Platform(flag: $0) } ?? .host
    if flags.source.hasPrefix("http://") || flags.source.hasPrefix("https://") {
      throw Failure(
        "import \(flags.source)", reason: "addresses are not supported", hint: "curl … | swiftainer import -")
    }
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    let name = flags.source == "-" ? "standard input" : flags.source
    let file = flags.source == "-" ? OwnedFD(dup(STDIN_FILENO)) : try Files.open(flags.source, O_RDONLY)
    let archive = RareCompression(DescriptorSource(file.raw, name), name)
    let layer = try NewLayer.take(archive, name: name, into: store)
    var config = ImageConfig(architecture: platform.architecture, os: platform.os, variant: platform.variant)
    for line in changes { try line.apply(to: &config.config) }
    config.created = Clock.now()
    config.diffIDs = [layer.diffID]
    config.history = [
      ImageConfig.History(
        created: config.created, comment: flags.words.message ?? "Imported from \(flags.source)")
    ]
    let image = try store.make(config, [layer.descriptor])
    if let reference { try store.tag(reference, image.manifest) } else { try store.keep(image.manifest) }
    images.tell("import", image, reference?.familiar ?? image.id.description)
    lock.release()
    Told.line(image.id.description)
  }
}
