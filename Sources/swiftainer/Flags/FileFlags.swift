import ArgumentParser
import Engine
import Runtime

/// What the container sees of files.
struct FileFlags: ParsableArguments {
  @Option(
    name: [.customShort("v", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A folder or file of the host's, or a volume: HOST|NAME:CONTAINER[:ro].", valueName: "volume"))
  var volume: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The same in fields: type=bind|volume|tmpfs,source=HOST|NAME,target=CONTAINER[,readonly][,…].",
      valueName: "mount"))
  var mount: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A folder in memory: CONTAINER[:size=64m,mode=700,…].", valueName: "tmpfs"))
  var tmpfs: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Another container's volumes: CONTAINER[:ro].", valueName: "container"))
  var volumesFrom: [String] = []
  @Option(parsing: .unconditional, help: ArgumentHelp("The size of /dev/shm, else 64m.", valueName: "size"))
  var shmSize: String?
  @Flag(help: "Let nothing be written to the root file system.") var readOnly = false
  @Flag(help: "Write to the rootfs folder itself, not above it.") var rwRootfs = false

  func apply(to options: inout RunOptions) throws {
    options.mounts =
      try volume.map { try MountFlag(volume: $0) } + mount.map { try MountFlag(mount: $0) }
      + tmpfs.map { try MountFlag(tmpfs: $0) }
    options.volumesFrom = try volumesFrom.map { try VolumesFrom($0) }
    options.limits.sharedMemory = try shmSize.map { text throws(Failure) in
      let size = try ByteSize.parse(text, flag: "--shm-size")
      if size == 0 { throw Failure("--shm-size", text, reason: "it must be larger than 0") }
      return size
    }
    options.readOnly = readOnly
    options.writesImage = rwRootfs
  }
}
