import Glibc
import OCISpec
import Runtime

/// From what a person says to a configuration: Docker's defaults, or a bundle's own configuration, changed by the
/// flags.
public struct SpecBuilder {
  let options: RunOptions
  let id: String
  /// Absolute path of the root file system on the host.
  let rootfs: String
  /// The folder of a volume on the host, by the volume's name.
  public var volume: (String) throws -> String = {
    throw Failure(
      "--volume", $0, reason: "volumes by name are not supported yet", hint: "give a path: ./\($0)")
  }
  /// Another container, by its name or ID.
  public var container: (String) throws -> Peer = { throw Failure("No such container: \($0)") }
  /// The folder with the container's own hosts, hostname and resolv.conf; nil where it is to have the image's.
  public var networkFiles: String?

  public init(options: RunOptions, id: String, rootfs: String) {
    self.options = options
    self.id = id
    self.rootfs = rootfs
  }

  /// A running container whose namespaces another one uses.
  public struct Peer {
    public var id: String
    /// Its first process.
    public var pid: pid_t
    public var hostname: String
    /// The folder with its hosts, hostname and resolv.conf, where it has them.
    public var networkFiles: String?
    /// Its /dev/shm as the host sees it, where that may be shared.
    public var sharedMemory: String?

    public init(
      id: String, pid: pid_t, hostname: String, networkFiles: String? = nil, sharedMemory: String? = nil
    ) {
      self.id = id
      self.pid = pid
      self.hostname = hostname
      self.networkFiles = networkFiles
      self.sharedMemory = sharedMemory
    }
  }

  /// The configuration for a root file system.
  public func build() throws -> Spec {
    try checkConflicts()
    var spec = Spec()
    spec.ociVersion = OCI.specVersion
    spec.root = Root(path: rootfs)
    var process = OCISpec.Process()
    let name = try hostname
    let terminal = options.terminal ? ["TERM=xterm"] : []
    process.env = [Self.path, "HOSTNAME=" + name] + terminal
    process.args = ["/bin/sh"]
    process.cwd = "/"
    process.user = try Account.find(options.user ?? "0", rootfs: rootfs)
    var linux = Linux()
    linux.cgroupsPath = "/swiftainer/" + id
    linux.namespaces = [.mount, .uts, .ipc, .pid, .cgroup, .network].map { LinuxNamespace(type: $0) }
    linux.resources = LinuxResources(devices: DefaultSpec.devices)
    linux.maskedPaths = DefaultPaths.masked()
    linux.readonlyPaths = DefaultPaths.readOnly
    spec.linux = linux
    spec.mounts = DefaultSpec.mounts.map { mount in
      var mount = mount
      if mount.destination == "/proc" { mount.options = ["nosuid", "noexec", "nodev"] }
      return mount
    }
    let held = try capabilities(base: .containerDefault)
    process.capabilities = held.specification(uid: process.user.uid)
    spec.process = process
    spec.linux?.seccomp = SeccompSection(DefaultSeccompProfile.profile(capabilities: held))
    try apply(to: &spec)
    if spec.linux?.makes(.uts) == true { spec.hostname = name }
    try bindNetworkFiles(in: &spec)
    return spec
  }

  /// Changes a bundle's own configuration by what was said.
  public func amend(_ bundled: Spec) throws -> Spec {
    try checkConflicts()
    var spec = bundled
    var process = spec.process ?? OCISpec.Process(cwd: "/")
    if let user = options.user { process.user = try Account.find(user, rootfs: rootfs) }
    if options.privileged || !options.addedCapabilities.isEmpty || !options.droppedCapabilities.isEmpty {
      let held = try Self.held(process.capabilities?.bounding ?? [])
      process.capabilities = try capabilities(base: held).specification(uid: process.user.uid)
    }
    spec.process = process
    try apply(to: &spec)
    let network = options.network
    if !network.hosts.isEmpty || !network.dns.isEmpty || !network.dnsSearch.isEmpty
      || !network.dnsOptions.isEmpty
    {
      try bindNetworkFiles(in: &spec)
    }
    return spec
  }

  /// What the flags change, whatever they change.
  private func apply(to spec: inout Spec) throws {
    var process = spec.process ?? OCISpec.Process()
    try applyProcess(to: &process)
    spec.process = process
    if options.readOnly { spec.root?.readonly = true }
    spec.annotations.merge(options.annotations) { $1 }
    var linux = spec.linux ?? Linux()
    var resources = linux.resources ?? LinuxResources()
    try limit(&resources)
    linux.resources = resources
    try applyNamespaces(to: &linux)
    try applyDevices(to: &linux)
    try applySecurity(to: &linux, process)
    linux.sysctl.merge(options.sysctls) { $1 }
    spec.linux = linux
    if let name = options.hostname { spec.hostname = name }
    if let name = options.domainname { spec.domainname = name }
    try applyMounts(to: &spec.mounts)
  }

  private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
