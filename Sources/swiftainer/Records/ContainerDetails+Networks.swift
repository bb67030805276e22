import Engine
import Networking
import Runtime
import Templates

extension ContainerDetails {
  /// What is known of the container's networks: in `Networks`, and that of the usual one once more at the top, where
  /// templates of old look for it.
  var networkSettings: TemplateValue {
    let runs = listed.status.state == .running || listed.status.state == .paused
    let usual = listed.endpoints.first { $0.network.isUsual }
    let wishes = options.network.networks
    let networks =
      wishes.isEmpty
      ? [(container.networkName, endpoint(nil, NetworkWish("")))]
      : wishes.map { wish in
        (wish.name, endpoint(listed.endpoints.first { $0.network.name == wish.name }, wish))
      }
    return .record(
      "*container.NetworkSettings",
      [
        TemplateField("Bridge", .string("")),
        TemplateField("SandboxID", .string(runs ? container.id : "")),
        TemplateField("SandboxKey", .string(runs ? "/proc/\(listed.status.pid)/ns/net" : "")),
        TemplateField("Ports", bindings(listed.ports)),
        TemplateField("HairpinMode", .bool(false)),
        TemplateField("LinkLocalIPv6Address", .string("")),
        TemplateField("LinkLocalIPv6PrefixLen", .int(0)),
        TemplateField("SecondaryIPAddresses", .nothing(.list)),
        TemplateField("SecondaryIPv6Addresses", .nothing(.list)),
        TemplateField("EndpointID", .text(usual.map { $0.lease.endpointID(in: $0.network) })),
      ] + addresses(usual) + [
        TemplateField("MacAddress", .text(usual?.lease.hardwareAddress.description)),
        TemplateField("Networks", .map(TemplateMap(networks))),
      ])
  }

  private func addresses(_ endpoint: ContainerEndpoint?) -> [TemplateField] {
    let (network, lease) = (endpoint?.network, endpoint?.lease)
    let (four, six) = (lease?.ip4, lease?.ip6)
    return [
      TemplateField("Gateway", .text(four.flatMap { _ in network?.ip4?.gateway.description })),
      TemplateField("GlobalIPv6Address", .text(six?.description)),
      TemplateField("GlobalIPv6PrefixLen", .number(six.flatMap { _ in network?.ip6?.subnet.prefix } ?? 0)),
      TemplateField("IPAddress", .text(four?.description)),
      TemplateField("IPPrefixLen", .number(four.flatMap { _ in network?.ip4?.subnet.prefix } ?? 0)),
      TemplateField("IPv6Gateway", .text(six.flatMap { _ in network?.ip6?.gateway.description })),
    ]
  }

  private func endpoint(_ endpoint: ContainerEndpoint?, _ wish: NetworkWish) -> TemplateValue {
    let names =
      endpoint.map { $0.network.isUsual ? [] : [container.name] + wish.aliases + [container.shortID] } ?? []
    return .record(
      "*network.EndpointSettings",
      [
        TemplateField("IPAMConfig", asked(wish)),
        TemplateField("Links", .nothing(.list)),
        TemplateField("Aliases", .list(orNull: wish.aliases)),
        TemplateField(
          "MacAddress", .text(endpoint?.lease.hardwareAddress.description ?? wish.mac?.description)),
        TemplateField("DriverOpts", .nothing(.map)),
        TemplateField("GwPriority", .int(0)),
        TemplateField("NetworkID", .text(endpoint?.network.id)),
        TemplateField("EndpointID", .text(endpoint.map { $0.lease.endpointID(in: $0.network) })),
      ] + addresses(endpoint) + [TemplateField("DNSNames", .list(orNull: names))])
  }

  /// The addresses that it must have.
  private func asked(_ wish: NetworkWish) -> TemplateValue {
    if wish.ip4 == nil && wish.ip6 == nil { return .nothing(.record("*network.EndpointIPAMConfig")) }
    return .record(
      "*network.EndpointIPAMConfig",
      [
        TemplateField("IPv4Address", omitsEmpty: true, .text(wish.ip4?.description)),
        TemplateField("IPv6Address", omitsEmpty: true, .text(wish.ip6?.description)),
      ])
  }
}
