import Glibc
import OCISpec
import Runtime

/// What the IMAGE argument names.
struct Image {
  enum Kind {
    case rootfs
    case bundle(Spec)
  }

  /// Absolute.
  let folder: String
  /// Absolute.
  let rootfs: String
  let kind: Kind

  init(_ path: String) throws {
    folder = Files.absolute(path)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw Failure("open rootfs or bundle", path, errno: errno, hint: "images by name are not supported yet")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Failure("open rootfs or bundle", path, errno: ENOTDIR)
    }
    if folder == "/" {
      throw Failure("open rootfs or bundle", path, reason: "the host's own root cannot be a container's")
    }
    let config = folder + "/config.json"
    guard Files.exists(config) else {
      rootfs = folder
      kind = .rootfs
      return
    }
    let spec = try Self.decode(config)
    let root = spec.root?.path ?? "rootfs"
    rootfs = root.hasPrefix("/") ? root : folder + "/" + root
    kind = .bundle(spec)
  }

  private static func decode(_ config: String) throws -> Spec {
    do {
      return try SpecDecoder.decode(Files.read(config), name: config)
    } catch var error as SpecError where error.path == "the document" {
      error.path = config
      throw error
    }
  }
}
