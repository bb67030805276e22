import Engine
import Glibc
import Images
import Runtime

/// Sees to it that the image of `run` and `create` is there.
enum ImageFetch {
  /// Pulls it by `--pull`, or takes it from the archive or layout that it is a path of.
  ///
  /// - Parameter isQuiet: only what goes wrong is told.
  /// - Returns: the options, with the image's ID where its name is a path.
  static func ensure(_ options: RunOptions, isQuiet: Bool) throws -> RunOptions {
    var options = options
    let word = options.image
    if EngineImages.isPath(word) {
      if isArchive(word) {
        try Containers().check(options)
        options.imageID = try load(word)
      }
      return options
    }
    let isThere = try EngineImages().isThere(word)
    if options.pull == .always || !isThere {
      if options.pull == .never {
        let name = try ImageReference(word).tagged.familiar
        throw Failure("No such image: \(name)", hint: EngineImages.missingFolder(word))
      }
      try Containers().check(options)
      if options.pull == .missing && !isQuiet {
        let name = try ImageReference(word).tagged.familiar
        let folder = EngineImages.missingFolder(word).map { ", " + $0 } ?? ""
        ErrorReport.say("Unable to find image '\(name)' locally" + folder, prefix: false)
      }
      let platform = options.platform.map { ["--platform", $0] } ?? []
      _ = try ImageProgram.run(["fetch"] + (isQuiet ? ["--quiet"] : []) + platform + ["--", word])
    }
    return options
  }

  /// Refuses what would have to be loaded first: a plan alone leaves the store as it is.
  static func checkPlannable(_ options: RunOptions) throws {
    let word = options.image
    guard EngineImages.isPath(word), isArchive(word) else { return }
    throw Failure(
      "--dry-run", word, reason: "its image is not loaded",
      hint: "swiftainer load -i \(word), then the image's name")
  }

  /// Whether a path is one of an archive, or of an OCI layout.
  private static func isArchive(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT == S_IFREG || Files.exists(path + "/oci-layout")
  }

  private static func load(_ path: String) throws -> String {
    let said = try ImageProgram.run(["load", "--quiet", "--ids", "--input", path], reads: true)
    let ids = Set(said.split(separator: "\n"))
    guard ids.count == 1, let id = ids.first else {
      throw Failure(
        "run", path, reason: "it holds \(ids.count) images",
        hint: "swiftainer load -i \(path), then run one of them by its name")
    }
    return String(id)
  }
}
