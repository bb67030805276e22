import Archives
import ArgumentParser
import Engine
import Glibc
import ImageFlags
import Images
import Runtime

struct Load: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "load")
  @OptionGroup var flags: LoadFlags
  /// For `run` of an archive: the ID of each image, and not its names.
  @Flag var ids = false

  func run() throws {
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    let loaded = try read(into: store)
    if loaded.isEmpty { throw Failure("load", flags.input ?? "standard input", reason: "it holds no image") }
    for one in loaded {
      let image = try store.image(one.manifest)
      try unpack(image, in: store)
      // Its name last: it says that all is there.
      if one.references.isEmpty {
        try store.keep(image.manifest)
        if !ids { Told.line("Loaded image ID: \(image.id)") }
      }
      for reference in one.references {
        try store.tag(reference, image.manifest)
        if !ids { Told.line("Loaded image: \(reference.familiar)") }
      }
      if ids { Told.line("\(image.id)") }
      images.tell("load", image, one.references.first?.familiar ?? image.id.description)
    }
    lock.release()
  }

  private func read(into store: ImageStore) throws -> [LoadedImage] {
    guard let input = flags.input else {
      if isatty(STDIN_FILENO) == 1 {
        throw Failure(
          "load", reason: "requested load from stdin, but stdin is empty", hint: "give a file by -i")
      }
      return try ImageArchiveReader(into: store, name: "standard input")
        .read(DescriptorSource(STDIN_FILENO, "standard input"))
    }
    let reader = ImageArchiveReader(into: store, name: input)
    if fileType(of: input) == S_IFDIR { return try reader.read(folder: input) }
    let file = try Files.open(input, O_RDONLY)
    return try reader.read(DescriptorSource(file.raw, input))
  }

  /// Layers that turn out to be damaged in the store come from the archive, where it can be read once more.
  private func unpack(_ image: StoredImage, in store: ImageStore) throws {
    for _ in image.layers {
      do {
        return try store.unpack(image)
      } catch let error as Failure {
        let isPipe = flags.input.map { ![S_IFDIR, S_IFREG].contains(fileType(of: $0)) } ?? true
        if error.kind != .damaged || isPipe { throw error }
        _ = try read(into: store)
      }
    }
    try store.unpack(image)
  }

  private func fileType(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
