import CShim
import Glibc
import Runtime

/// How files are copied between a container and the host.
public struct CopyRequest: Sendable {
  /// Owners and extended attributes are kept.
  public var isArchive = false
  /// A link that is named is followed.
  public var follows = false
  /// Told of what is left out.
  public var warn: @Sendable (String) -> Void = { _ in }

  public init() {}
}

extension StoredContainer {
  /// Copies a file or folder of the host's into the container.
  ///
  /// - Returns: the bytes of the files that were copied.
  public func copy(in hostPath: String, to path: String, _ request: CopyRequest) throws -> Int64 {
    let from = CopyPath(hostPath, from: Files.absolute("."))
    let files = try ContainerFiles(of: self)
    var copy = FileCopy(source: try .host(), target: .container(files.root, name))
    copy.follows = request.follows
    copy.isArchive = request.isArchive
    copy.makesDevices = true
    copy.warn = request.warn
    return try telling { () throws(Failure) in try copy.run(from: from, to: CopyPath(path, from: "/")) }
  }

  /// Copies a file or folder of the container's to the host.
  public func copy(out path: String, to hostPath: String, _ request: CopyRequest) throws -> Int64 {
    let to = CopyPath(hostPath, from: Files.absolute("."))
    let files = try ContainerFiles(of: self)
    var copy = FileCopy(source: .container(files.root, name), target: try .host())
    copy.follows = request.follows
    copy.isArchive = request.isArchive
    copy.owner = (getuid(), getgid())
    copy.warn = request.warn
    return try copy.run(from: CopyPath(path, from: "/"), to: to)
  }

  /// What cannot be written to is told in the words that people know.
  private func telling(_ body: () throws(Failure) -> Int64) throws(Failure) -> Int64 {
    do {
      return try TreeCopy.withManyDescriptors(body)
    } catch {
      guard error.errno == EROFS else { throw error }
      throw Failure(
        options.readOnly ? "container rootfs is marked read-only" : "mounted volume is marked read-only")
    }
  }

  /// Writes a file or folder of the container's to standard output as a tar archive.
  public func pack(_ path: String, follows: Bool) throws {
    let files = try ContainerFiles(of: self)
    let side = CopySide.container(files.root, name)
    let from = CopyPath(path, from: "/")
    do {
      // A link that is to be followed is resolved here: the packer knows one folder, and names in it.
      if from.isContent || from.isFolder {
        try TarProgram.run(
          ["pack", "."], in: try side.folder(from.path), as: from.isContent ? nil : from.name)
      } else if follows, let folder = try? side.folder(from.path) {
        try TarProgram.run(["pack", "."], in: folder, as: from.name)
      } else {
        let parent = try side.folder(from.parent)
        if (try? parent.status(FileName(from.name))) == nil { throw side.missing(from) }
        try TarProgram.run(["pack", from.name], in: parent, as: from.name)
      }
    } catch let error as Failure {
      throw error.errno == ENOENT || error.errno == ENOTDIR ? side.missing(from) : error
    }
  }

  /// Unpacks a tar archive, compressed or not, from standard input into a folder of the container's.
  public func unpack(to path: String) throws {
    let files = try ContainerFiles(of: self)
    let side = CopySide.container(files.root, name)
    let to = CopyPath(path, from: "/")
    do {
      _ = try side.folder(to.path)
    } catch {
      if error.errno == ENOTDIR { throw Failure("destination \"\(name):\(path)\" must be a directory") }
      throw error.errno == ENOENT ? side.missing(to) : error
    }
    try TarProgram.run(["unpack", to.path], in: files.root, as: nil)
  }
}
