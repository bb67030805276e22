import Glibc
import OCISpec
import Runtime

extension SpecBuilder {
  /// Flags that cannot be meant together, in Docker's words.
  func checkConflicts() throws(Failure) {
    func refuse(_ both: Bool, _ text: String) throws(Failure) {
      if both { throw Failure("conflicting options: " + text) }
    }
    let network = options.network
    try refuse(options.removesItself && options.restart != .no, "cannot specify both --restart and --rm")
    try refuse(
      options.limits.nanoCPUs != nil && (options.limits.cpuPeriod != nil || options.limits.cpuQuota != nil),
      "--cpus cannot be specified with --cpu-period or --cpu-quota")
    let sharesNames: Bool
    switch options.namespaces.uts {
    case .host, .container: sharesNames = true
    default: sharesNames = false
    }
    let isNamed = options.hostname != nil || options.domainname != nil
    try refuse(sharesNames && isNamed, "hostname and the UTS mode")
    guard case .container = network.mode else { return }
    try refuse(isNamed, "hostname and the network mode")
    try refuse(!network.dns.isEmpty, "dns and the network mode")
    try refuse(!network.hosts.isEmpty, "custom host-to-IP mapping and the network mode")
    try refuse(
      !network.published.isEmpty || network.publishesAll,
      "port publishing and the container type network mode")
    try refuse(!network.exposed.isEmpty, "port exposing and the container type network mode")
  }

  /// What the container is called in its own files, whether or not it has a UTS namespace.
  var hostname: String {
    get throws {
      if let name = options.hostname { return name }
      if case .container(let name)? = options.namespaces.uts { return try container(name).hostname }
      if case .container(let name)? = options.network.mode { return try container(name).hostname }
      if options.network.mode == .host || options.namespaces.uts == .host { return Self.hostHostname }
      return String(id.prefix(12))
    }
  }

  private static var hostHostname: String {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, 255)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func applyNamespaces(to linux: inout Linux) throws {
    let modes = options.namespaces
    try apply(modes.pid, .pid, "pid", to: &linux)
    try apply(modes.ipc, .ipc, "ipc", to: &linux)
    try apply(modes.uts, .uts, "uts", to: &linux)
    try apply(modes.cgroup, .cgroup, "cgroup", to: &linux)
    if modes.user == .host {
      linux.namespaces.removeAll { $0.type == .user }
      linux.uidMappings = []
      linux.gidMappings = []
    }
    switch options.network.mode {
    case nil: break
    case .loopback, .networks: try apply(.own, .network, "net", to: &linux)
    case .host: try apply(.host, .network, "net", to: &linux)
    case .container(let name): try apply(.container(name), .network, "net", to: &linux)
    }
  }

  private func apply(
    _ mode: NamespaceMode?, _ type: LinuxNamespaceType, _ file: String, to linux: inout Linux
  ) throws {
    guard let mode else { return }
    linux.namespaces.removeAll { $0.type == type }
    switch mode {
    case .host: break
    case .own, .shareable, .empty: linux.namespaces.append(LinuxNamespace(type: type))
    case .container(let name):
      let peer = try container(name)
      linux.namespaces.append(LinuxNamespace(type: type, path: "/proc/\(peer.pid)/ns/\(file)"))
    }
  }

  /// What can be seen, and what is let through.
  func applySecurity(to linux: inout Linux, _ process: OCISpec.Process) throws {
    let security = options.security
    if options.privileged || security.showsSystemPaths {
      linux.maskedPaths = []
      linux.readonlyPaths = []
    }
    switch security.filter {
    case .usual: if options.privileged { linux.seccomp = nil }
    case .unconfined: linux.seccomp = nil
    case .profile(let text):
      let held = try Self.held(process.capabilities?.bounding ?? [])
      linux.seccomp = SeccompSection(
        try SeccompFile(text, name: "--security-opt seccomp").profile(capabilities: held))
    }
  }
}
