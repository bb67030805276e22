import OCISpec
import Runtime

extension SpecBuilder {
  private static let sharedMemoryPath = "/dev/shm"

  /// The file systems: those that are there, less what the flags put in their place, then those of the flags.
  func applyMounts(to mounts: inout [Mount]) throws {
    if options.privileged {
      for index in mounts.indices where ["/sys", "/sys/fs/cgroup"].contains(mounts[index].cleanDestination) {
        mounts[index].options = mounts[index].options.map { $0 == "ro" ? "rw" : $0 }
      }
    }
    try applySharedMemory(to: &mounts)
    let added = try options.mounts.map { flag in
      var mount = try flag.specification(volume: volume)
      // A folder that is there keeps its mode, a new one is everybody's.
      if flag.kind == .tmpfs, !mount.options.contains(where: { $0.hasPrefix("mode=") }),
        !RootFile.exists(mount.cleanDestination, in: rootfs)
      {
        mount.options.append("mode=1777")
      }
      return mount
    }
    let targets = Set(added.map(\.cleanDestination))
    mounts.removeAll { mount in
      targets.contains(mount.cleanDestination)
        || targets.contains("/dev") && mount.cleanDestination.hasPrefix("/dev/")
    }
    mounts += Self.sorted(added)
  }

  /// A folder is mounted before what is mounted below it, whatever the order on the command line.
  static func sorted(_ mounts: [Mount]) -> [Mount] {
    func depth(_ mount: Mount) -> Int { mount.cleanDestination.utf8.count { $0 == UInt8(ascii: "/") } }
    return mounts.enumerated().sorted { (depth($0.1), $0.0) < (depth($1.1), $1.0) }.map(\.1)
  }

  private func applySharedMemory(to mounts: inout [Mount]) throws {
    func replace(_ folder: String) {
      mounts.removeAll { $0.cleanDestination == Self.sharedMemoryPath }
      mounts.append(
        Mount(
          destination: Self.sharedMemoryPath, type: "bind", source: folder,
          options: ["rbind", "nosuid", "noexec", "nodev", "rprivate"]))
    }
    if options.limits.sharedMemory != nil {
      switch options.namespaces.ipc {
      case nil, .own, .shareable: break
      case let mode?: throw Failure("--shm-size", reason: "--ipc \(mode.word) leaves nothing to size")
      }
    }
    switch options.namespaces.ipc {
    case .empty:
      mounts.removeAll { $0.cleanDestination == Self.sharedMemoryPath }
    case .host:
      replace(Self.sharedMemoryPath)
    case .container(let name):
      guard let folder = try container(name).sharedMemory else {
        throw Failure(
          "--ipc container:\(name)", reason: "its IPC cannot be shared",
          hint: "start it with --ipc shareable")
      }
      replace(folder)
    case nil, .own, .shareable:
      guard let bytes = options.limits.sharedMemory else { return }
      for index in mounts.indices where mounts[index].cleanDestination == Self.sharedMemoryPath {
        mounts[index].options.removeAll { $0.hasPrefix("size=") }
        mounts[index].options.append("size=\(bytes)")
      }
    }
  }

  /// Binds the container's own hosts, hostname and resolv.conf, but where a flag has put something else.
  func bindNetworkFiles(in spec: inout Spec) throws {
    var folder = networkFiles
    if case .container(let name)? = options.network.mode { folder = try container(name).networkFiles }
    guard let folder else { return }
    let taken = Set(spec.mounts.map(\.cleanDestination))
    let access = options.readOnly ? ["ro"] : []
    spec.mounts += NetworkFiles.names.filter { !taken.contains("/etc/" + $0) }.map { name in
      Mount(
        destination: "/etc/" + name, type: "bind", source: folder + "/" + name,
        options: ["bind"] + access + ["rprivate"])
    }
  }

  /// The container's own hosts, hostname and resolv.conf, as far as they are bound into it.
  ///
  /// - Parameters:
  ///   - spec: as it was built or amended.
  ///   - addresses: the container's; empty where it has but a loopback device.
  ///   - gateway: the host as the container sees it.
  ///   - hasNames: it asks a server of ours for names.
  public func newFiles(
    for spec: Spec, addresses: [String] = [], gateway: String? = nil, hasNames: Bool = false,
    host: NetworkFiles.Host = .read()
  ) throws -> [NewFile] {
    guard let folder = networkFiles else { return [] }
    let bound = Set(spec.mounts.compactMap(\.source))
    if !NetworkFiles.names.contains(where: { bound.contains(folder + "/" + $0) }) { return [] }
    return try NetworkFiles(
      options.network, hostname: spec.hostname ?? hostname, domainname: spec.domainname, addresses: addresses,
      gateway: gateway, hasNames: hasNames, host: host
    ).files(in: folder).filter { bound.contains($0.path) }
  }
}
