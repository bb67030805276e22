import ArgumentParser
import Engine
import Runtime
import Templates

struct SystemDiskUsage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "df", abstract: "Show what containers and volumes take on the disk.")

  @Flag(name: .shortAndLong, help: "Each of them.") var verbose = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let containers = Containers()
    let listed = containers.list { ErrorReport.say("warning: \($0)") }
    let volumes = containers.volumeUsage(listed)
    if verbose {
      try tellEach(listed, volumes)
    } else {
      let format = try RowFormat(self.format, usual: Self.usual, headers: Self.headers)
      try format.print(Self.summary(listed, volumes))
    }
  }

  private static let usual = "{{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}"
  private static let headers: KeyValuePairs = [
    "Type": "TYPE", "TotalCount": "TOTAL", "Active": "ACTIVE", "Size": "SIZE", "Reclaimable": "RECLAIMABLE",
  ]

  private static func summary(_ listed: [ListedContainer], _ volumes: [VolumeUsage]) -> [TemplateValue] {
    var (whole, idle) = (Int64(0), Int64(0))
    for one in listed {
      let size = one.container?.ownSize ?? 0
      whole += size
      if !one.isActive { idle += size }
    }
    return [
      row("Images", count: 0, active: 0, size: 0, reclaimable: 0),
      row(
        "Containers", count: listed.count, active: listed.count(where: \.isActive), size: whole,
        reclaimable: idle),
      row(
        "Local Volumes", count: volumes.count, active: volumes.count { $0.links > 0 },
        size: volumes.reduce(0) { $0 + $1.size },
        reclaimable: volumes.reduce(0) { $0 + ($1.links == 0 ? $1.size : 0) }),
      row("Build Cache", count: 0, active: 0, size: 0, reclaimable: 0),
    ]
  }

  private static func row(_ type: String, count: Int, active: Int, size: Int64, reclaimable: Int64)
    -> TemplateValue
  {
    let share = size > 0 ? " (\(reclaimable * 100 / size)%)" : ""
    return .record(
      TemplateRecord(
        "*formatter.diskUsageContext", style: .row,
        [
          TemplateField("Type", .string(type)), TemplateField("TotalCount", .string(String(count))),
          TemplateField("Active", .string(String(active))),
          TemplateField("Size", .string(HumanSize.decimal(size))),
          TemplateField("Reclaimable", .string(HumanSize.decimal(reclaimable) + share)),
        ]))
  }

  private func tellEach(_ listed: [ListedContainer], _ volumes: [VolumeUsage]) throws {
    let now = Moment.now()
    let isTable = format == nil || format == "" || format == "table"
    let containers = listed.map {
      ContainerRow(listed: $0, now: now, isShort: isTable, showsVirtualSize: false).value
    }
    let volumeRows = volumes.map(Self.row)
    guard isTable else {
      let all = TemplateValue.record(
        "*formatter.diskUsageContext",
        [
          TemplateField("Images", .list([])), TemplateField("Containers", .list(containers)),
          TemplateField("Volumes", .list(volumeRows)), TemplateField("BuildCache", .list([])),
        ])
      Output.write(try Template(format == "json" ? "{{json .}}" : format!).render(all) + "\n")
      return
    }
    Output.write("Containers space usage:\n\n")
    try RowFormat(
      nil,
      usual:
        "{{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.LocalVolumes}}\\t{{.Size}}\\t{{.RunningFor}}\\t{{.Status}}\\t{{.Names}}",
      headers: ContainerRow.headers
    ).print(containers)
    Output.write("\nLocal Volumes space usage:\n\n")
    try RowFormat(
      nil, usual: "{{.Name}}\\t{{.Links}}\\t{{.Size}}",
      headers: ["Name": "VOLUME NAME", "Links": "LINKS", "Size": "SIZE"]
    ).print(volumeRows)
  }

  private static func row(_ volume: VolumeUsage) -> TemplateValue {
    .record(
      TemplateRecord(
        "*formatter.volumeContext", style: .row,
        [
          TemplateField("Driver", .string("local")), TemplateField("Links", .string(String(volume.links))),
          TemplateField("Name", .string(volume.name)),
          TemplateField("Size", .string(HumanSize.decimal(volume.size))),
        ]))
  }
}
