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

  func bindings(_ ports: [ListedPort]) -> TemplateValue {
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
            TemplateField("HostPort", .string(host.port == 0 ? "" : "\(host.port)")),
          ]))
    }
    return .map(TemplateMap(found.map { ($0.key, $0.value.isEmpty ? .nothing(.list) : .list($0.value)) }))
  }

  var portBindings: TemplateValue { bindings(container.ports.filter { $0.host != nil }) }
}
