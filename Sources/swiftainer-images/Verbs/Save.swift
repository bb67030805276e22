import Archives
import ArgumentParser
import Engine
import Glibc
import ImageFlags
import Images
import Runtime

struct Save: ParsableCommand {
  @OptionGroup var flags: SaveFlags

  func run() throws {
    let images = EngineImages()
    let store = images.store
    let lock = try store.hold(.adding)
    var chosen: [(image: StoredImage, references: [ImageReference])] = []
    for word in flags.images {
      let image = try store.find(word)
      let named = (try? ImageReference(word)).map { name in
        // A repository without a tag is all of its tags.
        image.references.filter {
          $0 == name.tagged || name.tag == nil && $0.name == name.name && $0.tag != nil
        }
      }
      let references = (named ?? []).filter { $0.digest == nil }
      if let index = chosen.firstIndex(where: { $0.image.id == image.id }) {
        chosen[index].references += references.filter { !chosen[index].references.contains($0) }
      } else {
        chosen.append((image, references))
      }
    }
    try ArchiveFile.write(to: flags.output, "save") { sink throws(Failure) in
      try ImageArchiveWriter(from: store).write(
        chosen.map { .init(manifest: $0.image.manifest, references: $0.references) }, to: sink)
    }
    for one in chosen { images.tell("save", one.image, one.references.first?.familiar ?? "\(one.image.id)") }
    lock.release()
  }
}

/// Where an archive goes.
enum ArchiveFile {
  /// Writes a file whole or not at all; without a name, to standard output.
  static func write(
    to path: String?, _ verb: String, _ body: (@escaping ByteSink) throws(Failure) -> Void
  ) throws {
    guard let path else {
      if isatty(STDOUT_FILENO) == 1 {
        throw Failure(
          verb, reason: "cowardly refusing to write an archive to a terminal", hint: "use -o, or redirect")
      }
      return try body { bytes throws(Failure) in try write(bytes, STDOUT_FILENO, "standard output") }
    }
    let draft = path + ".swiftainer-\(getpid())"
    let file = try Files.open(draft, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    do {
      let descriptor = file.raw
      try body { bytes throws(Failure) in try write(bytes, descriptor, path) }
      if rename(draft, path) != 0 { throw Failure("write", path, errno: errno) }
    } catch {
      unlink(draft)
      throw error
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, _ descriptor: CInt, _ name: String)
    throws(Failure)
  {
    var at = 0
    while at < bytes.count {
      let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
      if written >= 0 {
        at += written
      } else if errno != EINTR {
        throw Failure("write", name, errno: errno)
      }
    }
  }
}
