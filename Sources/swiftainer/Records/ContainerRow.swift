import Engine
import Runtime
import Templates

/// A container as a row of `ps`. Source: ContainerContext in docker/cli, cli/command/formatter/container.go.
struct ContainerRow {
  let listed: ListedContainer
  let now: Moment
  /// IDs, commands and names of mounts are cut off where they are long.
  var isShort = true
  /// What its files take is looked up where a template asks for it.
  var measures = true
  /// The size of the image counts as well.
  var showsVirtualSize = true

  static let headers: KeyValuePairs = [
    "ID": "CONTAINER ID", "Names": "NAMES", "Image": "IMAGE", "Command": "COMMAND", "CreatedAt": "CREATED AT",
    "RunningFor": "CREATED", "Ports": "PORTS", "State": "STATE", "Status": "STATUS", "Size": "SIZE",
    "Labels": "LABELS", "Mounts": "MOUNTS", "LocalVolumes": "LOCAL VOLUMES", "Networks": "NETWORKS",
    "Platform": "PLATFORM", "HealthStatus": "HEALTH STATUS",
  ]

  static let usual =
    "{{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Ports}}\\t{{.Names}}"

  var value: TemplateValue {
    let container = listed.container
    let labels = container?.options.labels ?? [:]
    return .record(
      TemplateRecord(
        "*formatter.ContainerContext", style: .row,
        [
          .lazy("Command") { .string(TemplateText.quoted(command)) },
          .lazy("CreatedAt") { .string(Moment(nanoseconds: listed.created.nanoseconds).goText) },
          TemplateField("HealthStatus", .string(listed.status.health?.status.rawValue ?? "")),
          TemplateField("ID", .string(isShort ? listed.shortID : listed.id)),
          TemplateField("Image", .string(container?.options.image ?? "<no image>")),
          .lazy("Labels") { .string(labels.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")) },
          .lazy("LocalVolumes") { .string(String(volumes)) },
          .lazy("Mounts") { .string(mounts.joined(separator: ",")) },
          TemplateField("Names", .string(listed.name)),
          .lazy("Networks") { .string(container?.networkNames.joined(separator: ",") ?? "") },
          TemplateField("Platform", .nothing(.record("*formatter.Platform"))),
          .lazy("Ports") { .string(ListedPort.text(listed.ports)) },
          .lazy("RunningFor") { .string(listed.created.ago(now) + " ago") },
          .lazy("Size") { .string(size) },
          TemplateField("State", .string(listed.status.state.rawValue)),
          .lazy("Status") { .string(listed.status.text(now: now)) },
          .method("Label", arguments: 1) { .string(labels[$0[0]] ?? "") },
        ]))
  }

  private var command: String {
    let text = listed.container?.commandText ?? ""
    return isShort ? Ellipsis.text(text, 20) : text
  }

  private var volumes: Int {
    listed.container?.options.mounts.count { if case .volume = $0.kind { true } else { false } } ?? 0
  }

  private var mounts: [String] {
    (listed.container?.options.mounts ?? []).compactMap { mount in
      let name: String?
      switch mount.kind {
      case .bind(let source, _): name = source
      case .volume(let volume, _): name = volume
      case .tmpfs: name = nil
      }
      return name.map { isShort ? Ellipsis.text($0, 15) : $0 }
    }
  }

  private var size: String {
    guard measures, let container = listed.container else { return "0B" }
    let own = container.ownSize
    let text = HumanSize.decimal(own, digits: 3)
    if !showsVirtualSize { return text }
    let whole = own + container.imageSize
    return whole > 0 ? text + " (virtual \(HumanSize.decimal(whole, digits: 3)))" : text
  }
}
