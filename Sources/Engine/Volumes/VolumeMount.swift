import CShim
import Glibc
import Runtime

/// What a volume's options say is mounted on its content: `type`, `device` and `o`, as mount(8) has them.
struct VolumeMount: Equatable {
  let type: String
  let device: String
  private(set) var flags: UInt = 0
  /// For the file system itself.
  private(set) var data = ""

  /// Nil where nothing is mounted.
  init?(_ options: [String: String]) throws(Failure) {
    if options.isEmpty { return nil }
    for name in options.keys.sorted() where !["type", "device", "o"].contains(name) {
      throw Failure("invalid option: \"\(name)\"", hint: "type, device and o are supported")
    }
    guard let device = options["device"], !device.isEmpty else {
      throw Failure("missing required option: \"device\"")
    }
    guard let type = options["type"], !type.isEmpty else {
      throw Failure("missing required option: \"type\"")
    }
    self.type = type
    self.device = device
    var data: [String] = []
    for option in (options["o"] ?? "").split(separator: ",").map(String.init) {
      if option == "defaults" { continue }
      if let flag = Self.flag(option) {
        flags |= flag
      } else if let address = option.split(separator: "=", maxSplits: 1).last, option.hasPrefix("addr="),
        !address.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") || Self.isHexDigit($0) }
        )
      {
        throw Failure(
          "--opt o=addr", String(address), reason: "names are not looked up", hint: "give the address")
      } else {
        data.append(option)
      }
    }
    self.data = data.joined(separator: ",")
    if flags & UInt(MS_BIND) != 0, !device.hasPrefix("/") {
      throw Failure("--opt device", device, reason: "the folder to bind must be an absolute path")
    }
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }

  private static func flag(_ option: String) -> UInt? {
    switch option {
    case "ro": UInt(MS_RDONLY)
    case "rw": 0
    case "nosuid": UInt(MS_NOSUID)
    case "nodev": UInt(MS_NODEV)
    case "noexec": UInt(MS_NOEXEC)
    case "sync": UInt(MS_SYNCHRONOUS)
    case "dirsync": UInt(MS_DIRSYNC)
    case "noatime": UInt(MS_NOATIME)
    case "nodiratime": UInt(MS_NODIRATIME)
    case "relatime": UInt(MS_RELATIME)
    case "strictatime": UInt(MS_STRICTATIME)
    case "bind": UInt(MS_BIND)
    case "rbind": UInt(MS_BIND | MS_REC)
    default: nil
    }
  }

  /// Mounts it, unless it is mounted. The corresponding C function is `mount`.
  func mount(on folder: String) throws(Failure) {
    if shim_is_mount_root(folder) { return }
    if Glibc.mount(device, folder, type, flags, data.isEmpty ? nil : data) != 0 {
      throw Failure("mount \(type) \(device) on", folder, errno: errno)
    }
    let bound = UInt(MS_BIND)
    let others = flags & ~UInt(MS_BIND | MS_REC)
    // A bind mount takes no other flags at once.
    guard flags & bound != 0, others != 0 else { return }
    if Glibc.mount(nil, folder, nil, flags | UInt(MS_REMOUNT), nil) != 0 {
      let code = errno
      umount2(folder, CInt(MNT_DETACH))
      throw Failure("change mount", folder, errno: code)
    }
  }

  /// Takes away what is mounted on a volume's content. Where something stays, nothing may be removed below it.
  static func unmount(_ folder: String) throws(Failure) {
    while shim_is_mount_root(folder) {
      if umount2(folder, CInt(MNT_DETACH)) != 0 { throw Failure("unmount", folder, errno: errno) }
    }
  }
}
