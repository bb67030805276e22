import Glibc
import OCISpec
import Runtime

/// The host's devices, which a privileged container is given.
enum HostDevices {
  /// The nodes below /dev, but for terminals and what the container has of its own.
  static func all() -> [LinuxDevice] {
    var devices: [LinuxDevice] = []
    collect("/dev", into: &devices)
    return devices
  }

  private static let ownFolders: Set<String> = [
    "/dev/pts", "/dev/shm", "/dev/fd", "/dev/mqueue", "/dev/.lxc", "/dev/.udev",
  ]
  private static let ownNodes: Set<String> = ["/dev/console", "/dev/ptmx", "/dev/tty"]

  private static func collect(_ folder: String, into devices: inout [LinuxDevice]) {
    for name in Files.names(in: folder) {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR where !ownFolders.contains(path): collect(path, into: &devices)
      case S_IFCHR, S_IFBLK:
        if ownNodes.contains(path) { continue }
        let number = UInt64(status.st_rdev)
        devices.append(
          LinuxDevice(
            path: path, type: status.st_mode & S_IFMT == S_IFCHR ? "c" : "b",
            major: Int64((number >> 8 & 0xfff) | (number >> 32 & ~0xfff)),
            minor: Int64((number & 0xff) | (number >> 12 & 0xffff_ff00)),
            fileMode: UInt32(status.st_mode & 0o777),
            uid: status.st_uid, gid: status.st_gid))
      default: continue
      }
    }
  }
}
