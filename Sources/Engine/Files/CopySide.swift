import Glibc
import Runtime

/// One side of a copy: the host, or a container's root that no path leads out of.
struct CopySide: ~Copyable {
  private let root: Folder
  /// The container's name; nil for the host.
  private let container: String?

  static func host() throws(Failure) -> CopySide { CopySide(root: try Folder(host: "/"), container: nil) }

  static func container(_ root: borrowing Folder, _ name: String) -> CopySide {
    CopySide(root: root.duplicate(), container: name)
  }

  private init(root: consuming Folder, container: String?) {
    self.root = root
    self.container = container
  }

  /// Opens a path, following links. On the host that is what the caller could do by themselves.
  func open(_ path: String, _ flags: CInt) throws(Failure) -> OwnedFD {
    container == nil ? try Files.open(path, flags) : try root.open(inRoot: path, flags)
  }

  func folder(_ path: String) throws(Failure) -> Folder {
    Folder(try open(path, O_RDONLY | O_DIRECTORY), path)
  }

  /// The error for what is not there, in the words that people know.
  func missing(_ path: CopyPath) -> Failure {
    guard let container else { return Failure("lstat \(path.typed)", errno: ENOENT) }
    return Failure("No such container:path: \(container):\(path.typed)")
  }

  /// The error for a target whose folder is not there.
  func missingParent(_ path: CopyPath) -> Failure {
    guard let container else {
      return Failure("invalid output path", reason: "directory \"\(path.parent)\" does not exist")
    }
    return Failure("No such container:path: \(container):\(path.parent)")
  }
}
