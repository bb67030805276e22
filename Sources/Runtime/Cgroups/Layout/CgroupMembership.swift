import Glibc

/// In which cgroups a process is. Source: cgroups(7), `/proc/PID/cgroup`.
public struct CgroupMembership: Equatable, Sendable {
  /// One line: a hierarchy and the process's place in it.
  struct Line: Equatable, Sendable {
    /// The names of cgroup v1 controllers; empty for cgroup v2.
    var controllers: [Substring]
    /// As seen from the reader's cgroup namespace.
    var path: Substring
  }

  let lines: [Line]

  /// Parses the text of `/proc/PID/cgroup`: `NUMBER:CONTROLLERS:PATH` a line.
  init(_ text: String) {
    lines = text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      return Line(controllers: parts[1].split(separator: ","), path: parts[2])
    }
  }

  /// Reads where a process is.
  ///
  /// - Throws: `Failure` with the file and the error number; `ENOENT` or `ESRCH` where it has ended.
  public init(of pid: pid_t) throws { self.init(try CgroupFile.read("/proc/\(pid)/cgroup")) }

  /// The process's folder on cgroup v2, which is the container's or one that the payload made below it; nil
  /// where it is outside the mount.
  public func unifiedFolder(in layout: CgroupLayout) -> String? {
    lines.first { $0.controllers.isEmpty }.flatMap {
      Self.folder($0.path, root: layout.unifiedRoot, mountPoint: layout.unified)
    }
  }

  /// The cgroup v1 folders of the container `path` that the process is in, itself or below: what another process
  /// must join to be under the same limits.
  ///
  /// - Throws: `Failure` where the layout is not complete, and looking again fails.
  public func legacyFolders(of path: CgroupPath, in layout: CgroupLayout) throws -> [CgroupFolder] {
    var layout = layout
    if !layout.isComplete {
      // Most containers are in none, which the paths tell without the mount table. What comes before the
      // container's own path depends on the mounts.
      let isJoined = lines.contains { line in
        !line.controllers.isEmpty
          && line.path.utf8.indices.contains { line.path.utf8[$0...].starts(with: path.text.utf8) }
      }
      if !isJoined { return [] }
      layout = try CgroupLayout.detect()
    }
    return layout.legacy.compactMap { hierarchy in
      guard let name = hierarchy.controllers.first?.legacyName,
        let line = lines.first(where: { $0.controllers.contains { $0 == name } }),
        let folder = Self.folder(line.path, root: hierarchy.root, mountPoint: hierarchy.mountPoint)
      else { return nil }
      let ours = CgroupFolder(
        mountPoint: hierarchy.mountPoint, path: path, controllers: hierarchy.controllers)
      return folder == ours.leaf || folder.hasPrefix(ours.leaf + "/") ? ours : nil
    }
  }

  /// A mount may show only a part of the hierarchy, whose name then is not in the folder's.
  private static func folder(_ path: Substring, root: String, mountPoint: String) -> String? {
    if root == "/" { return mountPoint + (path == "/" ? "" : path) }
    guard path == root || path.hasPrefix(root + "/") else { return nil }
    return mountPoint + path.dropFirst(root.count)
  }
}

extension CgroupLayout {
  /// The cgroup v1 hierarchies a new container must join although no limit of its own asks for it: those in which
  /// its parent exists. An engine that makes `/kubepods/pod1` on memory limits what comes below it.
  ///
  /// The layout must be complete. One `access` for each cgroup v1 hierarchy, none for containers below `/swiftainer`, or at the top.
  public func inheritedHierarchies(for path: CgroupPath) -> [LegacyHierarchy] {
    guard !path.isInDefaultParent, let parent = path.ancestors.last else { return [] }
    return legacy.filter { access($0.mountPoint + parent, F_OK) == 0 }
  }
}
