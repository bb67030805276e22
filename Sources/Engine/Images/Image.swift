import Glibc
import Images
import OCISpec
import Runtime

/// What a container is made from.
struct Image {
  enum Kind {
    /// A folder that is its root file system.
    case rootfs(String)
    /// A folder with a configuration, and a root file system that the container writes into.
    case bundle(Spec, rootfs: String)
    /// An image of the store.
    case layers(StoredImage)
  }

  let kind: Kind
  /// The folder, absolute; of an image of the store its ID.
  let place: String
  private let root: ImageRoot

  /// The rootfs or bundle in a folder.
  init(path: String) throws {
    let folder = Files.absolute(path)
    var status = stat()
    guard stat(folder, &status) == 0 else { throw Failure("open rootfs or bundle", path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Failure("open rootfs or bundle", path, errno: ENOTDIR)
    }
    if folder == "/" {
      throw Failure("open rootfs or bundle", path, reason: "the host's own root cannot be a container's")
    }
    place = folder
    let config = folder + "/config.json"
    guard Files.exists(config) else {
      kind = .rootfs(folder)
      root = ImageRoot(layers: [folder])
      return
    }
    let spec = try Self.decode(config)
    let named = spec.root?.path ?? "rootfs"
    let rootfs = named.hasPrefix("/") ? named : folder + "/" + named
    kind = .bundle(spec, rootfs: rootfs)
    root = ImageRoot(layers: [rootfs])
  }

  /// An image of the store.
  init(_ image: StoredImage, _ layers: Layers) throws {
    kind = .layers(image)
    place = image.id.description
    let lower = try layers.lowerFolders(of: image.chainIDs)
    root = ImageRoot(layers: lower.names.map { lower.folder + "/" + $0 })
  }

  var isBundle: Bool { if case .bundle = kind { true } else { false } }

  /// What a container's own layer lies above, the top one first; absolute.
  var layers: [String] { root.layers }

  /// A path below which the image's files are as a container finds them, in this process.
  ///
  /// - Throws: `Failure` where its layers cannot be mounted.
  func files() throws(Failure) -> String { try root.path() }

  /// The same, where users and groups are all that is looked for.
  func accounts() throws(Failure) -> String { try root.accounts() }

  private static func decode(_ config: String) throws -> Spec {
    do {
      return try SpecDecoder.decode(Files.read(config), name: config)
    } catch var error as SpecError where error.path == "the document" {
      error.path = config
      throw error
    }
  }
}
