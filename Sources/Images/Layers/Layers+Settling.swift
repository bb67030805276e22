import CShim
import Glibc
import OCISpec
import Runtime

/// A layer has many files, and a rename may reach the disk before them. To wait for the disk with each layer takes
/// long where others write as well; so a new layer has a mark of the machine's boot, until all of an image's are on the
/// disk. With the mark of an earlier boot it is not trusted.
extension Layers {
  static func mark(of folder: String) -> String { folder + "/unsettled" }

  static let currentBoot: String = {
    let bytes = (try? Files.read("/proc/sys/kernel/random/boot_id", limit: 100)) ?? []
    return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
  }()

  /// Marks a layer that is not in place yet.
  func mark(_ folder: String) throws(Failure) {
    let path = Self.mark(of: folder)
    let file = try Files.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
    try Files.write(Array(boot.utf8), to: file.raw, path)
  }

  /// Whether what is in a layer's folder is what was put there.
  func isTrusted(_ folder: String) -> Bool {
    do throws(Failure) {
      return try Files.read(Self.mark(of: folder), limit: 100) == Array(boot.utf8)
    } catch {
      return error.errno == ENOENT
    }
  }

  /// Waits until layers are on the disk. An image gets its name after that.
  func settle(_ chains: [Digest]) throws(Failure) {
    let folders = chains.map(folder(of:)).filter { Files.exists(Self.mark(of: $0)) }
    if folders.isEmpty { return }
    let opened = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    let failed = shim_sync_filesystem(opened.raw)
    if failed != 0 { throw Failure("write", folder, errno: -failed) }
    for folder in folders { unlink(Self.mark(of: folder)) }
    for folder in folders { try DurableFile.syncFolder(of: Self.mark(of: folder)) }
  }
}
