import Engine
import Runtime
import Templates

extension ContainerDetails {
  /// Mounts that somebody asked for.
  var mounts: [TemplateValue] {
    options.mounts.map { mount in
      var (type, name, source, driver) = ("tmpfs", "", "", "")
      var propagation = ""
      switch mount.kind {
      case .bind(let path, _):
        (type, source) = ("bind", path)
        propagation = (mount.propagation ?? .rprivate).rawValue
      case .volume(let volume, _):
        (type, name, driver) = ("volume", volume ?? "", "local")
        if let volume { source = container.roots.volumes + "/" + volume + "/_data" }
      case .tmpfs: break
      }
      return .record(
        "container.MountPoint",
        [
          TemplateField("Type", omitsEmpty: true, .string(type)),
          TemplateField("Name", omitsEmpty: true, .string(name)),
          TemplateField("Source", .string(source)), TemplateField("Destination", .string(mount.target)),
          TemplateField("Driver", omitsEmpty: true, .string(driver)),
          TemplateField("Mode", .string(mount.words)),
          TemplateField("RW", .bool(!mount.isReadOnly)), TemplateField("Propagation", .string(propagation)),
        ])
    }
  }

  private func bindings(_ ports: [ListedPort]) -> TemplateValue {
    var found: [String: [TemplateValue]] = [:]
    for port in ports {
      guard let host = port.host else {
        found[Self.name(port), default: []] += []
        continue
      }
      found[Self.name(port), default: []].append(
        .record(
          "nat.PortBinding",
          [
            TemplateField("HostIP", jsonName: "HostIp", .string(host.address)),
            TemplateField("HostPort", .string("\(host.port)")),
          ]))
    }
    return .map(TemplateMap(found.map { ($0.key, $0.value.isEmpty ? .nothing(.list) : .list($0.value)) }))
  }

  var portBindings: TemplateValue { bindings(container.ports.filter { $0.host != nil }) }

  /// What is known of the container's network. Its addresses stand in `Networks`, and once more at the top, where
  /// templates of old look for those of the usual network.
  var networkSettings: TemplateValue {
    let runs = listed.status.state == .running || listed.status.state == .paused
    return .record(
      "*container.NetworkSettings",
      [
        TemplateField("Bridge", .string("")),
        TemplateField("SandboxID", .string(runs ? container.id : "")),
        TemplateField("SandboxKey", .string(runs ? "/proc/\(listed.status.pid)/ns/net" : "")),
        TemplateField("Ports", bindings(runs ? container.ports : [])),
        TemplateField("HairpinMode", .bool(false)),
        TemplateField("LinkLocalIPv6Address", .string("")),
        TemplateField("LinkLocalIPv6PrefixLen", .int(0)),
        TemplateField("SecondaryIPAddresses", .nothing(.list)),
        TemplateField("SecondaryIPv6Addresses", .nothing(.list)),
        TemplateField("EndpointID", .string("")),
        TemplateField("Gateway", .string("")),
        TemplateField("GlobalIPv6Address", .string("")),
        TemplateField("GlobalIPv6PrefixLen", .int(0)),
        TemplateField("IPAddress", .string("")),
        TemplateField("IPPrefixLen", .int(0)),
        TemplateField("IPv6Gateway", .string("")),
        TemplateField("MacAddress", .text(options.network.networks.first?.mac?.description)),
        TemplateField(
          "Networks",
          .map(
            TemplateMap(
              container.networkNames.map { name in
                (name, endpoint(options.network.networks.first { $0.name == name }))
              }))),
      ])
  }

  private func endpoint(_ wish: NetworkWish?) -> TemplateValue {
    .record(
      "*network.EndpointSettings",
      [
        TemplateField("IPAMConfig", .nothing(.record("*network.EndpointIPAMConfig"))),
        TemplateField("Links", .nothing(.list)),
        TemplateField("Aliases", .list(orNull: wish?.aliases ?? [])),
        TemplateField("MacAddress", .text(wish?.mac?.description)),
        TemplateField("DriverOpts", .nothing(.map)),
        TemplateField("GwPriority", .int(0)),
        TemplateField("NetworkID", .string("")),
        TemplateField("EndpointID", .string("")),
        TemplateField("Gateway", .string("")),
        TemplateField("IPAddress", .string("")),
        TemplateField("IPPrefixLen", .int(0)),
        TemplateField("IPv6Gateway", .string("")),
        TemplateField("GlobalIPv6Address", .string("")),
        TemplateField("GlobalIPv6PrefixLen", .int(0)),
        TemplateField("DNSNames", .nothing(.list)),
      ])
  }
}
