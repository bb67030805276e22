import Engine
import Networking
import Templates

extension StoredNetwork {
  /// A row of `network ls`. Source: `networkContext` in cli/command/network/formatter.go of docker/cli.
  ///
  /// - Parameter isShort: the ID has twelve digits.
  func row(isShort: Bool) -> TemplateValue {
    let labels = self.labels
    return .record(
      TemplateRecord(
        "*network.networkContext", style: .row,
        [
          TemplateField("ID", .string(isShort ? shortID : id)), TemplateField("Name", .string(name)),
          TemplateField("Driver", .string(driver.rawValue)),
          TemplateField("Scope", .string(StoredNetwork.scope)), TemplateField("IPv4", .string("true")),
          TemplateField("IPv6", .string("\(usesIPv6)")), TemplateField("Internal", .string("\(isInternal)")),
          TemplateField(
            "Labels",
            .string(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))),
          .method("Label", arguments: 1) { .string(labels[$0[0]] ?? "") },
          TemplateField("CreatedAt", .string(Moment(created)?.goText ?? "0001-01-01 00:00:00 +0000 UTC")),
        ]))
  }

  /// What `network inspect` shows. Source: `Network` of the Docker Engine API.
  ///
  /// - Parameter users: the leases of the containers that run in it.
  func details(users: [Lease]) -> TemplateValue {
    .record(
      "network.Inspect",
      [
        TemplateField("Name", .string(name)), TemplateField("ID", jsonName: "Id", .string(id)),
        TemplateField("Created", .string(created.isEmpty ? "0001-01-01T00:00:00Z" : created)),
        TemplateField("Scope", .string(StoredNetwork.scope)),
        TemplateField("Driver", .string(driver.rawValue)), TemplateField("EnableIPv4", .bool(true)),
        TemplateField("EnableIPv6", .bool(usesIPv6)), TemplateField("IPAM", addressing),
        TemplateField("Internal", .bool(isInternal)), TemplateField("Attachable", .bool(false)),
        TemplateField("Ingress", .bool(false)),
        TemplateField(
          "ConfigFrom", .record("network.ConfigReference", [TemplateField("Network", .string(""))])),
        TemplateField("ConfigOnly", .bool(false)),
        TemplateField("Containers", .map(TemplateMap(users.map { ($0.container, endpoint($0)) }))),
        TemplateField("Options", .map(options)), TemplateField("Labels", .map(labels)),
      ])
  }

  private var addressing: TemplateValue {
    let pools = subnets.map { pool in
      TemplateValue.record(
        "network.IPAMConfig",
        [
          TemplateField("Subnet", omitsEmpty: true, .string("\(pool.subnet)")),
          TemplateField("IPRange", omitsEmpty: true, .text(pool.range?.description)),
          TemplateField("Gateway", omitsEmpty: true, .string("\(pool.gateway)")),
        ])
    }
    return .record(
      "network.IPAM",
      [
        TemplateField("Driver", .string("default")),
        TemplateField("Options", isPredefined ? .nothing(.map) : .map([:])),
        TemplateField("Config", pools.isEmpty ? .nothing(.list) : .list(pools)),
      ])
  }

  private func endpoint(_ lease: Lease) -> TemplateValue {
    func text(_ address: IPAddress?, _ pool: NetworkSubnet?) -> TemplateValue {
      guard let address, let pool else { return .string("") }
      return .string("\(address)/\(pool.subnet.prefix)")
    }
    return .record(
      "network.EndpointResource",
      [
        TemplateField("Name", .string(lease.name)),
        TemplateField("EndpointID", .string(lease.endpointID(in: self))),
        TemplateField("MacAddress", .string("\(lease.hardwareAddress)")),
        TemplateField("IPv4Address", text(lease.ip4.map { .v4($0) }, ip4)),
        TemplateField("IPv6Address", text(lease.ip6.map { .v6($0) }, ip6)),
      ])
  }
}
