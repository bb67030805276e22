import CShim
import Glibc
import Runtime

/// What files take.
public enum DiskUsage {
  /// The lengths of all files in a folder together, in bytes, each file once however many names it has. Links are
  /// not followed; what cannot be read counts nothing.
  public static func bytes(in folder: String) -> Int64 {
    guard let opened = try? Files.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return 0 }
    var usage = Walk()
    usage.add(opened.raw, depth: 0)
    return usage.total
  }

  private struct FileID: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  private struct Walk {
    var total: Int64 = 0
    private var seen: Set<FileID> = []
    /// Each level keeps a descriptor open.
    private static let deepest = 200

    /// By descriptors, since who writes below may swap folders for links meanwhile.
    mutating func add(_ folder: CInt, depth: Int) {
      let copy = fcntl(folder, F_DUPFD_CLOEXEC, 0)
      guard copy >= 0, let stream = fdopendir(copy) else { return }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { add($0, in: folder, depth: depth) }
        }
      }
    }

    private mutating func add(_ name: UnsafePointer<CChar>, in folder: CInt, depth: Int) {
      if strcmp(name, ".") == 0 || strcmp(name, "..") == 0 { return }
      var status = stat()
      guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
      switch status.st_mode & S_IFMT {
      case S_IFDIR where depth < Self.deepest:
        let below = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if below < 0 { return }
        add(below, depth: depth + 1)
        close(below)
      case S_IFREG, S_IFLNK:
        if status.st_nlink > 1, !seen.insert(FileID(device: status.st_dev, inode: status.st_ino)).inserted {
          return
        }
        total += Int64(status.st_size)
      default: return
      }
    }
  }
}

extension StoredContainer {
  /// What it has written above its image, in bytes.
  public var ownSize: Int64 { DiskUsage.bytes(in: upper) }

  /// What its image takes, in bytes.
  public var imageSize: Int64 {
    guard let image = try? image() else { return 0 }
    switch image.kind {
    case .rootfs(let folder), .bundle(_, let folder): return DiskUsage.bytes(in: folder)
    case .layers(let stored): return stored.size
    }
  }

  /// What all its files take, its log included.
  public var wholeSize: Int64 { DiskUsage.bytes(in: upper) + DiskUsage.bytes(in: logFolder) }
}
