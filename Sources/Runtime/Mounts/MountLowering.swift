import CShim
import OCISpec

/// Turns one entry of `mounts` into steps.
struct MountLowering {
  let bundle: String
  let cgroup: CgroupPlan?
  let layout: CgroupLayout?
  let hasCgroupNamespace: Bool
  /// The sources are opened by the runtime: the container's user could not.
  let inUserNamespace: Bool
  /// Those of the container's user namespace, which an idmapped mount takes where it names none.
  let idMapping: IDMapping
  /// The SELinux context of new file systems.
  let context: String?

  /// File systems that the kernel labels itself.
  private static let labelsItself = ["proc", "sysfs", "mqueue"]

  /// Files below /proc that a container may be given in place of the kernel's: they tell of resources and
  /// hand out nothing.
  static let harmlessInProc = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
    "/proc/loadavg",
    "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
  ]

  func lower(_ mount: Mount, _ index: Int) throws(SpecError) -> [MountStep] {
    let field = "mounts[" + Decimal.text(index) + "]"
    let destination = Files.clean(mount.destination)
    let options = MountOptions(mount.options)
    let type = mount.type ?? ""
    if destination == "/" {
      throw SpecError(
        "\(field).destination", "a mount on / would hide the root file system", hint: "set root.path instead")
    }
    if options.isRemount { return [try remount(mount, destination, options, field)] }
    if type == "cgroup" || type == "cgroup2" {
      return try CgroupMounts(lowering: self, field: field).lower(on: destination, options)
    }
    if options.isBind || type == "bind" || type == "none" && mount.source?.hasPrefix("/") == true {
      return [try bind(mount, destination, options, field)]
    }
    guard !type.isEmpty else {
      throw SpecError("\(field).type", "missing, and the options hold neither bind nor rbind")
    }
    if options.idMapIsRecursive != nil || !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty {
      throw SpecError("\(field).uidMappings", "only a bind mount can be idmapped")
    }
    if options.copyUp && type != "tmpfs" {
      throw SpecError("\(field).options", "tmpcopyup is for tmpfs, not for \(type)")
    }
    let refusesLinks = type == "proc" || type == "sysfs"
    try checkProc(destination, isProc: type == "proc", field)
    var data = Self.data(options, type)
    if let context, !Self.labelsItself.contains(type) { data.append("context=" + context) }
    return [
      MountStep(
        .filesystem(type: type, source: mount.source ?? type, options: data), on: destination,
        attributes: options.set, changes: options.changes(forFilesystem: true), copyUp: options.copyUp,
        keepsMode: type == "tmpfs" && !options.copyUp && !data.contains { $0.hasPrefix("mode=") },
        refusesLinks: refusesLinks, allowedInProc: Self.harmlessInProc.contains(destination), field: field)
    ]
  }

  /// The kernel keeps versions of inodes as each file system sees fit; only these may be asked.
  private static func data(_ options: MountOptions, _ type: String) -> [String] {
    options.data.filter { option in
      (option != "iversion" && option != "noiversion")
        || ["ext2", "ext3", "ext4", "btrfs", "xfs"].contains(type)
    }
  }

  /// What an earlier entry has mounted is changed: with `bind` the mount alone, else the file system as well.
  /// Only what is named changes; source and type play no part, as in mount(8).
  private func remount(
    _ mount: Mount, _ destination: String, _ options: MountOptions, _ field: String
  ) throws(SpecError) -> MountStep {
    if options.copyUp {
      throw SpecError("\(field).options", "tmpcopyup is for a new tmpfs, not for a remount")
    }
    if options.idMapIsRecursive != nil || !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty {
      throw SpecError("\(field).uidMappings", "a mount is idmapped when it is made, and not by a remount")
    }
    try checkProc(destination, isProc: true, field)
    var data: [String]?
    if options.isBind || mount.type == "bind" {
      if let option = options.firstForFilesystem {
        throw SpecError(
          "\(field).options", "\(option) is not an option of a mount, but of its file system",
          hint: "leave out bind to change that as well")
      }
    } else {
      // Read-only is both the mount and the file system.
      data = Self.data(options, mount.type ?? "")
      if options.set.contains(.readOnly) { data?.append("ro") }
      if options.clear.contains(.readOnly) { data?.append("rw") }
    }
    return MountStep(
      .remount(options: data), on: destination, changes: options.changes(forFilesystem: false),
      refusesLinks: destination == "/proc", allowedInProc: Self.harmlessInProc.contains(destination),
      field: field)
  }

  private func bind(
    _ mount: Mount, _ destination: String, _ options: MountOptions, _ field: String
  ) throws(SpecError) -> MountStep {
    guard let source = mount.source, !source.isEmpty else {
      throw SpecError("\(field).source", "missing: a bind mount needs one")
    }
    if let option = options.firstForFilesystem {
      throw SpecError("\(field).options", "\(option) is not an option of a bind mount")
    }
    if options.copyUp { throw SpecError("\(field).options", "tmpcopyup is for tmpfs, not for a bind mount") }
    let path = source.hasPrefix("/") ? source : Files.clean(bundle + "/" + source)
    try checkProc(destination, isProc: Self.isProc(path), field)
    var mapping: IDMapping?
    if !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty || options.idMapIsRecursive != nil {
      let names = !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty
      mapping = names ? IDMapping(users: mount.uidMappings, groups: mount.gidMappings) : idMapping
      if mapping?.users.isEmpty != false || mapping?.groups.isEmpty != false {
        throw SpecError("\(field).uidMappings", "missing: the container has no mappings of its own to take")
      }
    }
    return MountStep(
      .bind(path, recursive: options.isRecursive), on: destination,
      changes: options.changes(forFilesystem: false),
      allowedInProc: Self.harmlessInProc.contains(destination), idMapping: mapping,
      idMapIsRecursive: options.idMapIsRecursive ?? false,
      openedByRuntime: inUserNamespace || mapping != nil || ForeignPath(path) != nil,
      field: field)
  }

  /// Nothing is mounted inside /proc but what is known to be harmless: a payload that controls what stands
  /// there controls what the runtime believes (CVE-2019-16884, CVE-2019-19921).
  private func checkProc(_ destination: String, isProc: Bool, _ field: String) throws(SpecError) {
    if destination == "/proc" {
      if !isProc {
        throw SpecError("\(field).destination", "only a proc file system may be mounted on /proc")
      }
    } else if destination.hasPrefix("/proc/"), !Self.harmlessInProc.contains(destination) {
      throw SpecError("\(field).destination", "\(destination) is inside /proc, where nothing may be mounted")
    }
  }

  private static func isProc(_ path: String) -> Bool {
    shim_filesystem_type(path) == 0x9fa0  // PROC_SUPER_MAGIC
  }
}
