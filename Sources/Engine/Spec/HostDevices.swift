import Glibc
import OCISpec
import Runtime

/// The host's devices.
enum HostDevices {
  /// The nodes below /dev, but for terminals and what the container has of its own: what a privileged container
  /// is given.
  static func all() -> [LinuxDevice] {
    var devices: [LinuxDevice] = []
    collect("/dev", as: "/dev", into: &devices)
    return devices
  }

  /// The node of a path, or those below the folder of that path. `target` is the path in the container.
  static func below(_ path: String, as target: String) throws(Failure) -> [LinuxDevice] {
    var status = stat()
    let target = Files.clean(target)
    guard stat(path, &status) == 0 else { throw Failure("--device", path, errno: errno) }
    if let node = node(status, target) { return [node] }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure("--device", path, reason: "not a device") }
    var devices: [LinuxDevice] = []
    collect(Files.clean(path), as: target, into: &devices)
    if devices.isEmpty { throw Failure("--device", path, reason: "no device in this folder") }
    return devices
  }

  /// The number of a block device. `flag` is for the error.
  static func block(_ path: String, flag: String) throws(Failure) -> (major: Int64, minor: Int64) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Failure(flag, path, errno: errno) }
    guard status.st_mode & S_IFMT == S_IFBLK, let node = node(status, path), let major = node.major,
      let minor = node.minor
    else { throw Failure(flag, path, reason: "not a block device") }
    return (major, minor)
  }

  private static let ownFolders: Set<String> = [
    "/dev/pts", "/dev/shm", "/dev/fd", "/dev/mqueue", "/dev/.lxc", "/dev/.udev",
  ]
  private static let ownNodes: Set<String> = ["/dev/console", "/dev/ptmx", "/dev/tty"]

  private static func collect(_ folder: String, as target: String, into devices: inout [LinuxDevice]) {
    for name in Files.names(in: folder) {
      let path = folder + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        if !ownFolders.contains(path) { collect(path, as: target + "/" + name, into: &devices) }
      } else if !ownNodes.contains(path), let node = node(status, target + "/" + name) {
        devices.append(node)
      }
    }
  }

  /// Nil for what is no device.
  private static func node(_ status: stat, _ path: String) -> LinuxDevice? {
    let type: String
    switch status.st_mode & S_IFMT {
    case S_IFCHR: type = "c"
    case S_IFBLK: type = "b"
    default: return nil
    }
    let number = UInt64(status.st_rdev)
    return LinuxDevice(
      path: path, type: type,
      major: Int64((number >> 8 & 0xfff) | (number >> 32 & ~0xfff)),
      minor: Int64((number & 0xff) | (number >> 12 & 0xffff_ff00)),
      fileMode: UInt32(status.st_mode & 0o777), uid: status.st_uid, gid: status.st_gid)
  }
}
