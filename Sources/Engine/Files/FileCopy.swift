import Glibc
import Runtime

/// One `cp`: what is copied, and to where, decided as `docker cp` does. Source: "docker container cp" in Docker's
/// reference.
struct FileCopy: ~Copyable {
  let source: CopySide
  let target: CopySide
  /// A link that is named is followed.
  var follows = false
  /// Owners and extended attributes are kept.
  var isArchive = false
  /// Who owns the copies otherwise.
  var owner: (uid_t, gid_t) = (0, 0)
  /// Whether device nodes are made in any case.
  var makesDevices = false
  var warn: (String) -> Void = { _ in }

  /// What a target's path leads to.
  private enum There {
    case folder, other, nothing
  }

  /// - Returns: the bytes of the files that were copied.
  func run(from: CopyPath, to: CopyPath) throws(Failure) -> Int64 {
    let parent: Folder
    do {
      parent = try source.folder(from.parent)
    } catch {
      throw Self.isMissing(error) ? source.missing(from) : error
    }
    guard var status = try? parent.status(FileName(from.name)) else { throw source.missing(from) }
    var opened = OwnedFD(-1)
    if status.kind == S_IFLNK && (follows || from.isFolder) {
      do {
        opened = try source.open(from.path, Folder.pathOnly)
      } catch {
        throw Self.isMissing(error) ? source.missing(from) : error
      }
      fstat(opened.raw, &status)
    }
    if status.kind == S_IFDIR {
      let folder = opened.raw >= 0 ? try source.folder(from.path) : try parent.folder(FileName(from.name))
      return try copy(folder: folder, from, to)
    }
    if from.isFolder { throw Failure("copy", from.typed, errno: ENOTDIR) }
    if opened.raw < 0, status.kind == S_IFREG {
      opened = try parent.open(FileName(from.name), Folder.pathOnly | O_NOFOLLOW)
    }
    return try copy(opened, in: parent, from, to)
  }

  private static func isMissing(_ failure: Failure) -> Bool {
    failure.errno == ENOENT || failure.errno == ENOTDIR
  }

  private func look(at path: CopyPath) throws(Failure) -> There {
    do {
      let opened = try target.open(path.path, Folder.pathOnly)
      var status = stat()
      fstat(opened.raw, &status)
      return status.kind == S_IFDIR ? .folder : .other
    } catch {
      if Self.isMissing(error) { return .nothing }
      throw error
    }
  }

  private func copy(folder: borrowing Folder, _ from: CopyPath, _ to: CopyPath) throws(Failure) -> Int64 {
    switch try look(at: to) {
    case .other:
      throw Failure("cannot copy a directory to a file", "\(from.typed) to \(to.typed)")
    case .folder:
      let into = try target.folder(to.path)
      if from.isContent {
        var copy = copying(into: into)
        try copy.copyContents(of: folder)
        return copy.bytes
      }
      var copy = copying(into: into)
      try copy.copy(folder: folder, as: FileName(from.name))
      return copy.bytes
    case .nothing:
      var copy = copying(into: try parent(of: to))
      try copy.copy(folder: folder, as: FileName(to.name))
      return copy.bytes
    }
  }

  /// - Parameter file: opened with O_PATH; -1 for what is neither file nor folder.
  private func copy(
    _ file: borrowing OwnedFD, in folder: borrowing Folder, _ from: CopyPath, _ to: CopyPath
  ) throws(Failure) -> Int64 {
    var name = FileName(from.name)
    let into: Folder
    switch try look(at: to) {
    case .folder: into = try target.folder(to.path)
    case .other:
      if to.isFolder { throw Failure("copy to", to.typed, errno: ENOTDIR) }
      into = try parent(of: to)
      name = FileName(to.name)
      // Through a link, what it leads to is overwritten, as with docker.
      if file.raw >= 0, (try? into.status(name).kind) == S_IFLNK {
        let other = try target.open(to.path, Folder.pathOnly)
        var status = stat()
        guard fstat(other.raw, &status) == 0, status.kind == S_IFREG else {
          throw Failure("copy to", to.typed, reason: "it is no file")
        }
        var copy = copying(into: into)
        try copy.overwrite(other, with: file, from.typed)
        return copy.bytes
      }
    case .nothing:
      if to.isFolder { throw Failure("no such directory", to.typed) }
      into = try parent(of: to)
      name = FileName(to.name)
    }
    var copy = copying(into: into)
    if file.raw >= 0 {
      try copy.copy(file: file, from.typed, as: name)
    } else {
      try copy.copy(FileName(from.name), in: folder, as: name)
    }
    return copy.bytes
  }

  private func parent(of path: CopyPath) throws(Failure) -> Folder {
    do {
      return try target.folder(path.parent)
    } catch {
      throw Self.isMissing(error) ? target.missingParent(path) : error
    }
  }

  private func copying(into folder: borrowing Folder) -> TreeCopy {
    var copy = TreeCopy(into: folder)
    copy.owner = isArchive ? .kept : .given(owner.0, owner.1)
    copy.keepsAttributes = isArchive
    copy.makesDevices = isArchive || makesDevices
    copy.warn = warn
    return copy
  }
}
