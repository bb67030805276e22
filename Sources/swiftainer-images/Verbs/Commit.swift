import Archives
import ArgumentParser
import Engine
import Glibc
import ImageFlags
import Images
import OCISpec
import Runtime

struct Commit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "commit")
  @OptionGroup var flags: CommitFlags

  func run() async throws {
    let reference = try flags.image.map { try ImageReference($0).tagged }
    if reference?.digest != nil {
      throw Failure("commit \(flags.image!)", reason: "refusing to create a tag with a digest reference")
    }
    let changes = try flags.words.change.map { try DockerfileLine($0) }
    let container = try Containers().find(flags.container)
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    let content = try container.commitContent()
    var config = ImageConfig(architecture: Platform.host.architecture)
    var layers: [Descriptor] = []
    switch content.base {
    case .image(let image):
      config = image.config
      layers = image.layers
    case .rootfs(let folder):
      // What the container stands on is no image: it becomes the first layer.
      let base = try NewLayer.pack(folder, .files, leavingOut: [], into: store)
      layers = [base.descriptor]
      config.diffIDs = [base.diffID]
      config.history = [ImageConfig.History(created: Clock.now(), comment: "from \(folder)")]
    }
    let own = try pack(content, of: container, into: store)
    layers.append(own.descriptor)
    config.diffIDs.append(own.diffID)
    config.config = content.execution
    for line in changes { try line.apply(to: &config.config) }
    config.created = Clock.now()
    config.author = flags.author ?? config.author
    config.history.append(
      ImageConfig.History(
        created: config.created, createdBy: container.commandText, author: flags.author,
        comment: flags.words.message))
    let image = try store.make(config, layers)
    if let reference { try store.tag(reference, image.manifest) } else { try store.keep(image.manifest) }
    images.tell("commit", image, reference?.familiar ?? image.id.description)
    lock.release()
    Told.line(image.id.description)
  }

  /// Packs what the container has changed, all of it as it is at one moment.
  private func pack(
    _ content: CommitContent, of container: StoredContainer, into store: ImageStore
  ) throws -> NewLayer {
    func pack() throws -> NewLayer {
      try NewLayer.pack(content.upper, .overlay, leavingOut: content.leftOut, into: store)
    }
    return try flags.pause ? container.standingStill(pack) : pack()
  }
}
