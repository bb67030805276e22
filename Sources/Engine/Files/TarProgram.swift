import Glibc
import Runtime

/// The program that reads and writes archives, so that nothing else has to have libarchive.
enum TarProgram {
  /// Runs it with a folder as descriptor 3; it tells by itself what has failed.
  ///
  /// - Parameter name: what the archive's entries are called; nil for `.`.
  static func run(_ words: [String], in folder: borrowing Folder, as name: String?) throws {
    let program = try Companion.path(of: "swiftainer-tar")
    let arguments = [program] + words + (name.map { [$0] } ?? [])
    let pid = ChildProgram.start(program, arguments, descriptors: [(folder.raw, 3)])
    if pid < 0 { throw Failure("start", program, errno: -pid) }
    let code = LaunchedProcess.exitCode(ChildProgram.wait(pid))
    if code != 0 { throw TarFailure(code: code) }
  }
}

/// The archive's program has failed, and has told why where it ended by itself.
public struct TarFailure: Error {
  public let code: Int32
}
