import Engine
import Glibc
import Images
import Runtime

/// Sees to it that the image of `run` and `create` is there.
enum ImageFetch {
  /// Pulls it by `--pull`, or takes it from the archive or layout that it is a path of.
  ///
  /// - Returns: the options, with the image's ID where its name is a path.
  static func ensure(_ options: RunOptions) throws -> RunOptions {
    var options = options
    let word = options.image
    if EngineImages.isPath(word) {
      if isArchive(word) { options.imageID = try load(word) }
      return options
    }
    let isThere = try EngineImages().isThere(word)
    if options.pull == .always || !isThere {
      if options.pull == .never {
        throw Failure("No such image: \(try ImageReference(word).tagged.familiar)")
      }
      if options.pull == .missing {
        let name = try ImageReference(word).tagged.familiar
        ErrorReport.say("Unable to find image '\(name)' locally", prefix: false)
      }
      let platform = options.platform.map { ["--platform", $0] } ?? []
      _ = try ImageProgram.run(["fetch"] + platform + ["--", word])
    }
    return options
  }

  /// Whether a path is one of an archive, or of an OCI layout.
  private static func isArchive(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG || Files.exists(path + "/oci-layout")
  }

  private static func load(_ path: String) throws -> String {
    let said = try ImageProgram.run(["load", "--quiet", "--input", path], reads: true)
    let lines = said.split(separator: "\n").filter { $0.hasPrefix("Loaded image") }
    guard lines.count == 1, let name = lines[0].split(separator: " ").last else {
      throw Failure(
        "run", path, reason: "it holds \(lines.count) images",
        hint: "swiftainer load -i \(path), then run one of them by its name")
    }
    return String(name)
  }
}
