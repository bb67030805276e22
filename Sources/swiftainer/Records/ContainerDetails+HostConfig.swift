import Engine
import Runtime
import Templates

extension ContainerDetails {
  /// What the container is on this machine.
  var hostConfig: TemplateValue {
    .record("*container.HostConfig", storage + rights + confinement + resources + ending)
  }

  private var storage: [TemplateField] {
    var policy = options.restart.word
    var retries = 0
    if case .onFailure(let most) = options.restart { (policy, retries) = ("on-failure", most ?? 0) }
    let size = options.consoleSize
    return [
      TemplateField("Binds", .list(orNull: options.mounts.compactMap(Self.bind))),
      TemplateField("ContainerIDFile", .text(options.idFile)),
      TemplateField(
        "LogConfig",
        .record(
          "container.LogConfig",
          [
            TemplateField("Type", .string(options.logDriver ?? "json-file")),
            TemplateField("Config", .map(options.logOptions)),
          ])),
      TemplateField("NetworkMode", .string(container.networkName)),
      TemplateField("PortBindings", portBindings),
      TemplateField(
        "RestartPolicy",
        .record(
          "container.RestartPolicy",
          [TemplateField("Name", .string(policy)), TemplateField("MaximumRetryCount", .int(retries))])),
      TemplateField("AutoRemove", .bool(options.removesItself)),
      TemplateField("VolumeDriver", .string("")),
      TemplateField("VolumesFrom", .list(orNull: options.volumesFrom.map(Self.source))),
      TemplateField("ConsoleSize", .list([.number(size?.height), .number(size?.width)])),
      TemplateField("Annotations", omitsEmpty: true, .map(options.annotations)),
    ]
  }

  private var rights: [TemplateField] {
    let network = options.network
    let hosts = network.hosts.map { $0.name + ":" + $0.address }
    return [
      TemplateField("CapAdd", .list(orNull: options.addedCapabilities)),
      TemplateField("CapDrop", .list(orNull: options.droppedCapabilities)),
      TemplateField("CgroupnsMode", .string((options.namespaces.cgroup ?? .own).word)),
      TemplateField("DNS", jsonName: "Dns", .strings(network.dns)),
      TemplateField("DNSOptions", jsonName: "DnsOptions", .strings(network.dnsOptions)),
      TemplateField("DNSSearch", jsonName: "DnsSearch", .strings(network.dnsSearch)),
      TemplateField("ExtraHosts", .list(orNull: hosts)),
      TemplateField("GroupAdd", .list(orNull: options.groups)),
      TemplateField("IpcMode", .string((options.namespaces.ipc ?? .own).word)),
      TemplateField("Cgroup", .string("")),
      TemplateField("Links", .nothing(.list)),
      TemplateField("OomScoreAdj", .number(options.limits.oomScoreAdjustment)),
      TemplateField("PidMode", .string(Self.mode(options.namespaces.pid))),
      TemplateField("Privileged", .bool(options.privileged)),
      TemplateField("PublishAllPorts", .bool(network.publishesAll)),
      TemplateField("ReadonlyRootfs", .bool(options.readOnly)),
      TemplateField("SecurityOpt", .list(orNull: options.security.words)),
    ]
  }

  private var confinement: [TemplateField] {
    var tmpfs: [String: String] = [:]
    for mount in options.mounts where mount.kind == .tmpfs {
      tmpfs[mount.target] = mount.tmpfs.joined(separator: ",")
    }
    return [
      TemplateField("Tmpfs", omitsEmpty: true, .map(tmpfs)),
      TemplateField("UTSMode", .string(Self.mode(options.namespaces.uts))),
      TemplateField("UsernsMode", .string(Self.mode(options.namespaces.user))),
      TemplateField("ShmSize", .number(options.limits.sharedMemory ?? 64 << 20)),
      TemplateField("Sysctls", omitsEmpty: true, .map(options.sysctls)),
      TemplateField("Runtime", omitsEmpty: true, .string("swiftainer")),
      TemplateField("Isolation", .string("")),
    ]
  }

  private var ending: [TemplateField] {
    let isOpen = options.privileged || options.security.showsSystemPaths
    return [
      TemplateField("MaskedPaths", isOpen ? .nothing(.list) : .strings(DefaultPaths.masked())),
      TemplateField("ReadonlyPaths", isOpen ? .nothing(.list) : .strings(DefaultPaths.readOnly)),
      TemplateField("Init", omitsEmpty: true, .bool(options.initProcess)),
    ]
  }

  /// One of its own is nothing said.
  private static func mode(_ mode: NamespaceMode?) -> String { mode == .own ? "" : mode?.word ?? "" }

  private static func source(_ other: VolumesFrom) -> String {
    other.container + (other.isReadOnly.map { $0 ? ":ro" : ":rw" } ?? "")
  }

  private static func bind(_ mount: MountFlag) -> String? {
    let source: String
    switch mount.kind {
    case .bind(let path, _): source = path
    case .volume(let name?, _): source = name
    case .volume(nil, _), .tmpfs: return nil
    }
    let words = mount.words.isEmpty && mount.isReadOnly ? "ro" : mount.words
    return source + ":" + mount.target + (words.isEmpty ? "" : ":" + words)
  }
}
