import Glibc

/// The cgroup of one container, on every hierarchy it is on: what does the plans.
///
/// It is only names, so that it can be made anew from the machine's layout and the path in the container's
/// state. The cgroup v2 folder always exists while the container does; a cgroup v1 folder exists where the
/// container joined that hierarchy.
public struct Cgroup: Equatable, Sendable {
  public let layout: CgroupLayout
  public let path: CgroupPath

  public init(layout: CgroupLayout, path: CgroupPath) {
    self.layout = layout
    self.path = path
  }

  /// The folder on cgroup v2.
  public var folder: String { layout.unified + path.text }

  /// Where the cgroup v1 folders are, if there are any; none where the layout is not complete.
  public var legacyFolders: [CgroupFolder] {
    layout.legacy.map { CgroupFolder(mountPoint: $0.mountPoint, path: path, controllers: $0.controllers) }
  }

  /// The same cgroup with a complete layout, for what concerns cgroup v1: updates need it, everything else here
  /// completes the layout by itself.
  ///
  /// - Throws: `Failure` as `CgroupLayout.detect(legacy:)`.
  public func completed() throws -> Cgroup {
    layout.isComplete ? self : Cgroup(layout: try CgroupLayout.detect(), path: path)
  }

  /// Opens the cgroup v2 folder, for `CLONE_INTO_CGROUP`. The corresponding C function is `open`.
  ///
  /// - Throws: `Failure` with the folder and the error number.
  public func open() throws -> OwnedFD { try Self.open(folder) }

  static func open(_ folder: String) throws -> OwnedFD {
    let descriptor = CgroupFile.openRetrying(folder, openPath | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw Failure("open cgroup", folder, errno: errno) }
    return OwnedFD(descriptor)
  }

  /// Opens `cgroup.events`, which polls as `POLLPRI` when the cgroup becomes empty, occupied, frozen or thawed;
  /// read it from its beginning before each wait. Source: admin-guide/cgroup-v2.rst.
  ///
  /// - Throws: `Failure` with the file and the error number.
  public func openEvents() throws -> OwnedFD {
    let file = folder + "/cgroup.events"
    let descriptor = CgroupFile.openRetrying(file, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Failure("open", file, errno: errno) }
    return OwnedFD(descriptor)
  }
}

/// `O_PATH` of linux/fcntl.h, which Swift's Glibc module cannot see.
private let openPath: CInt = 0o1000_0000
