import Glibc
import OCISpec
import Runtime

/// From what a person says to a configuration: Docker's defaults, changed by the flags.
struct SpecBuilder {
  let options: RunOptions
  let id: String
  let rootfs: String
  /// A volume's folder on the host, by its name.
  var volume: (String) throws -> String = {
    throw Failure(
      "--volume", $0, reason: "volumes by name are not supported yet", hint: "give a path: ./\($0)")
  }

  private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  func build() throws -> Spec {
    var spec = Spec()
    spec.ociVersion = OCI.specVersion
    spec.root = Root(path: rootfs, readonly: options.readOnly)
    spec.hostname = hostname
    spec.process = try process()
    spec.mounts = try mounts() + options.mounts.map { try $0.specification(volume: volume) }
    spec.linux = try linux()
    return spec
  }

  /// Changes a bundle's own configuration by what was said.
  func amend(_ bundled: Spec) throws -> Spec {
    var spec = bundled
    var process = spec.process ?? OCISpec.Process(cwd: "/")
    if !options.command.isEmpty { process.args = options.command }
    process.env = environment(process.env)
    if let folder = options.workingFolder { process.cwd = folder }
    if let user = options.user { process.user = try Account.find(user, rootfs: rootfs) }
    process.terminal = options.terminal
    if let size = options.consoleSize { process.consoleSize = size }
    if options.privileged || !options.addedCapabilities.isEmpty || !options.droppedCapabilities.isEmpty {
      process.capabilities = try capabilities(base: Self.held(process.capabilities?.bounding ?? []))
        .specification(uid: process.user.uid)
    }
    spec.process = process
    if let name = options.hostname { spec.hostname = name }
    if options.readOnly { spec.root?.readonly = true }
    spec.mounts += try options.mounts.map { try $0.specification(volume: volume) }
    var linux = spec.linux ?? Linux()
    var resources = linux.resources ?? LinuxResources()
    try limit(&resources)
    if options.privileged { expose(&linux, &resources) }
    linux.resources = resources
    if let network = options.network.mode {
      linux.namespaces.removeAll { $0.type == .network }
      if network == .loopback { linux.namespaces.append(LinuxNamespace(type: .network)) }
    }
    spec.linux = linux
    return spec
  }

  /// What `--privileged` opens beside the capabilities.
  private func expose(_ linux: inout Linux, _ resources: inout LinuxResources) {
    resources.devices = [LinuxDeviceCgroup(allow: true, access: "rwm")]
    let own = Set(linux.devices.map(\.path))
    linux.devices += HostDevices.all().filter { !own.contains($0.path) }
    linux.maskedPaths = []
    linux.readonlyPaths = []
    linux.seccomp = nil
  }

  private var hostname: String {
    if let name = options.hostname { return name }
    return options.network.mode == .host ? Self.hostHostname : String(id.prefix(12))
  }

  private static var hostHostname: String {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, 255)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func process() throws -> OCISpec.Process {
    var process = OCISpec.Process()
    process.args = options.command.isEmpty ? ["/bin/sh"] : options.command
    process.cwd = options.workingFolder ?? "/"
    let terminal = options.terminal ? ["TERM=xterm"] : []
    process.env = environment([Self.path, "HOSTNAME=" + hostname] + terminal)
    process.terminal = options.terminal
    if let size = options.consoleSize { process.consoleSize = size }
    process.user = try Account.find(options.user ?? "0", rootfs: rootfs)
    process.capabilities = try capabilities().specification(uid: process.user.uid)
    return process
  }

  private func capabilities(base: CapabilitySet = .containerDefault) throws(Failure) -> CapabilitySet {
    try CapabilitySet.chosen(
      from: base, add: options.addedCapabilities, drop: options.droppedCapabilities,
      privileged: options.privileged,
      available: .available(inOtherUserNamespace: false))
  }

  /// A bundle's own capabilities.
  private static func held(_ names: [String]) throws -> CapabilitySet {
    var held: CapabilitySet = []
    for (index, name) in names.enumerated() {
      guard let one = CapabilitySet(specName: name) else {
        throw SpecError("process.capabilities.bounding[\(index)]", "unknown capability '\(name)'")
      }
      held.formUnion(one)
    }
    return held
  }

  /// The variables with those of the flags in their place. One whose name stands
  /// alone is removed.
  private func environment(_ variables: [String]) -> [String] {
    var result = variables
    for entry in options.environment {
      let name = entry.prefix { $0 != "=" }
      let place = result.firstIndex { $0.prefix { $0 != "=" } == name }
      let value = entry.contains("=") ? entry : nil
      switch (place, value) {
      case (let place?, let value?): result[place] = value
      case (let place?, nil): result.remove(at: place)
      case (nil, let value?): result.append(value)
      case (nil, nil): break
      }
    }
    return result
  }

  private func mounts() -> [Mount] {
    DefaultSpec.mounts.map { mount in
      var mount = mount
      if mount.destination == "/proc" { mount.options = ["nosuid", "noexec", "nodev"] }
      if options.privileged { mount.options = mount.options.map { $0 == "ro" ? "rw" : $0 } }
      return mount
    }
  }

  private func linux() throws -> Linux {
    var linux = Linux()
    var kinds: [LinuxNamespaceType] = [.mount, .uts, .ipc, .pid, .cgroup]
    if options.network.mode != .host { kinds.append(.network) }
    linux.namespaces = kinds.map { LinuxNamespace(type: $0) }
    linux.cgroupsPath = "/swiftainer/" + id
    var resources = LinuxResources()
    resources.devices = [LinuxDeviceCgroup(allow: false, access: "rwm")]
    try limit(&resources)
    if options.privileged {
      expose(&linux, &resources)
    } else {
      linux.maskedPaths = DefaultPaths.masked()
      linux.readonlyPaths = DefaultPaths.readOnly
      linux.seccomp = SeccompSection(DefaultSeccompProfile.profile(capabilities: try capabilities()))
    }
    linux.resources = resources
    return linux
  }

  private func limit(_ resources: inout LinuxResources) throws(Failure) {
    let limits = options.limits
    if limits.memory != nil || limits.memorySwap != nil {
      var memory = resources.memory ?? LinuxMemory()
      memory.limit = limits.memory ?? memory.limit
      // As with Docker: as much swap again as there is memory.
      memory.swap = limits.memorySwap ?? limits.memory.map { $0 &* 2 } ?? memory.swap
      if memory.limit == nil { throw Failure("--memory-swap", reason: "--memory must be given as well") }
      if let swap = memory.swap, swap != -1, let limit = memory.limit, swap < limit {
        throw Failure(
          "--memory-swap", reason: "it counts memory and swap: it must not be smaller than --memory")
      }
      resources.memory = memory
    }
    if limits.nanoCPUs != nil || limits.cpuset != nil {
      var cpu = resources.cpu ?? LinuxCPU()
      if let nano = limits.nanoCPUs {
        cpu.period = 100_000
        cpu.quota = nano / 10_000
      }
      if let set = limits.cpuset { cpu.cpus = set }
      resources.cpu = cpu
    }
    if let pids = limits.pids { resources.pids = LinuxPids(limit: pids) }
  }
}
