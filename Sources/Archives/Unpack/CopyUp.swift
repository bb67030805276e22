import CShim
import Glibc
import Runtime

/// Brings what the layers below have into the top one, as an overlay does before it changes something.
final class CopyUp {
  private let layers: MergedLayers

  init(_ layers: MergedLayers) { self.layers = layers }

  /// Makes a folder of the top layer what it is below. It stays as it is where nothing is below.
  func describeFolder(_ path: [UInt8]) throws(Failure) {
    let merged = try layers.folders(path)
    guard merged.count > 1, merged[0].layer == 0 else { return }
    try describe(merged[0], as: merged[1], path)
  }

  /// Removes a folder's whiteouts where no layer below has it.
  func removeIdleWhiteouts(_ path: [UInt8]) throws(Failure) {
    let merged = try layers.folders(path)
    guard merged.count == 1, merged[0].layer == 0 else { return }
    try keepingTimes(of: merged[0]) { () throws(Failure) in
      try LayerTree.removeWhiteouts(merged[0].raw, path)
    }
  }

  private func describe(
    _ target: MergedLayers.Handle, as source: MergedLayers.Handle, _ path: [UInt8]
  ) throws(Failure) {
    var status = stat()
    if fstat(source.raw, &status) != 0 { throw Failure("look at", EntryPath.text(path), errno: errno) }
    try describe(target.raw, as: source.raw, status, path)
  }

  private func describe(
    _ target: CInt, as source: CInt, _ status: stat, _ path: [UInt8]
  ) throws(Failure) {
    // In the order of LayerTree, and for the same reasons.
    if fchown(target, status.st_uid, status.st_gid) != 0 {
      throw Failure("change owner of", EntryPath.text(path), errno: errno)
    }
    if fchmod(target, status.st_mode & 0o7777) != 0 {
      throw Failure("change mode of", EntryPath.text(path), errno: errno)
    }
    let failed = shim_copy_attributes("/proc/self/fd/\(source)", "/proc/self/fd/\(target)", true)
    if failed != 0 { throw Failure("copy extended attributes to", EntryPath.text(path), errno: -failed) }
    if futimens(target, [status.st_atim, status.st_mtim]) != 0 {
      throw Failure("change times of", EntryPath.text(path), errno: errno)
    }
  }

  /// Makes another name of a file that is seen in the layers, copying it up where it is in a lower one.
  func link(_ path: [UInt8], to target: [UInt8]) throws(Failure) {
    func failed(_ reason: String) -> Failure {
      Failure("link \(EntryPath.text(path)) to", EntryPath.text(target), reason: reason)
    }
    let (found, place) = try layers.resolve(target)
    guard case .other(let folder, let status) = found else {
      if case .folder = found { throw failed("a link to a folder") }
      throw failed("no layer has it, or it is deleted")
    }
    if place == path { throw failed("a link to itself") }
    var from = folder
    if folder.layer > 0 {
      from = try makeFolder(EntryPath.parent(of: place))
      try keepingTimes(of: from) { () throws(Failure) in
        try copy(Self.lastName(of: place), status, from: folder, to: from, place)
      }
    }
    let above = EntryPath.parent(of: path)
    guard let to = try layers.folders(above).first, to.layer == 0 else { throw failed("its folder is gone") }
    try keepingTimes(of: to) { () throws(Failure) in
      if linkat(from.raw, Self.lastName(of: place).cName, to.raw, Self.lastName(of: path).cName, 0) != 0 {
        throw Failure("link", EntryPath.text(path), errno: errno)
      }
    }
  }

  private static func lastName(of path: [UInt8]) -> [UInt8] { Array(path[EntryPath.lastName(in: path)...]) }

  private func keepingTimes(of folder: MergedLayers.Handle, _ body: () throws(Failure) -> Void)
    throws(Failure)
  {
    var status = stat()
    fstat(folder.raw, &status)
    try body()
    futimens(folder.raw, [status.st_atim, status.st_mtim])
  }

  /// The top layer's folder of that path, without links; it is made, as it is below, where it is not there.
  private func makeFolder(_ path: [UInt8]) throws(Failure) -> MergedLayers.Handle {
    let merged = try layers.folders(path)
    guard let seen = merged.first else { throw Failure("make folder", EntryPath.text(path), errno: ENOENT) }
    if seen.layer == 0 { return seen }
    let above = try makeFolder(EntryPath.parent(of: path))
    let name = Self.lastName(of: path)
    try keepingTimes(of: above) { () throws(Failure) in
      if mkdirat(above.raw, name.cName, 0o700) != 0 {
        throw Failure("make folder", EntryPath.text(path), errno: errno)
      }
    }
    let made = try layers.open(above, name, path)
    try describe(made, as: seen, path)
    return made
  }

  private func copy(
    _ name: [UInt8], _ status: stat, from source: MergedLayers.Handle, to target: MergedLayers.Handle,
    _ path: [UInt8]
  ) throws(Failure) {
    func failed(_ operation: String) -> Failure { Failure(operation, EntryPath.text(path), errno: errno) }
    let cName = name.cName
    if status.st_mode & S_IFMT == S_IFREG {
      let from = OwnedFD(openat(source.raw, cName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
      if from.raw < 0 { throw failed("open") }
      let to = OwnedFD(openat(target.raw, cName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600))
      if to.raw < 0 { throw failed("make") }
      let copied = shim_copy_data(from.raw, to.raw)
      if copied != 0 { throw Failure("copy", EntryPath.text(path), errno: -copied) }
      return try describe(to.raw, as: from.raw, status, path)
    }
    if status.st_mode & S_IFMT == S_IFLNK {
      let text = try LayerTree.linkText(source.raw, name, path)
      if symlinkat(text.cName, target.raw, cName) != 0 { throw failed("make link") }
    } else if mknodat(target.raw, cName, status.st_mode & S_IFMT | 0o600, status.st_rdev) != 0 {
      throw failed("make device or pipe")
    }
    if fchownat(target.raw, cName, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0 {
      throw failed("change owner of")
    }
    if status.st_mode & S_IFMT != S_IFLNK, fchmodat(target.raw, cName, status.st_mode & 0o7777, 0) != 0 {
      throw failed("change mode of")
    }
    let own = { (folder: CInt) in Array("/proc/self/fd/\(folder)/".utf8CString.dropLast()) + cName }
    let copied = shim_copy_attributes(own(source.raw), own(target.raw), false)
    if copied != 0 { throw Failure("copy extended attributes to", EntryPath.text(path), errno: -copied) }
    if utimensat(target.raw, cName, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW) != 0 {
      throw failed("change times of")
    }
  }
}
