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
    let loaded: [LoadedImage]
    if let input = flags.input {
      let reader = ImageArchiveReader(into: store, name: input)
      var status = stat()
      if stat(input, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        loaded = try reader.read(folder: input)
      } else {
        let file = try Files.open(input, O_RDONLY)
        loaded = try reader.read(DescriptorSource(file.raw, input))
      }
    } else {
      if isatty(STDIN_FILENO) == 1 {
        throw Failure(
          "load", reason: "requested load from stdin, but stdin is empty", hint: "give a file by -i")
      }
      loaded = try ImageArchiveReader(into: store, name: "standard input")
        .read(DescriptorSource(STDIN_FILENO, "standard input"))
    }
    if loaded.isEmpty { throw Failure("load", flags.input ?? "standard input", reason: "it holds no image") }
    for one in loaded {
      let image = try store.image(one.manifest)
      try store.unpack(image)
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
}
