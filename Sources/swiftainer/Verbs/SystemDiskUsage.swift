import ArgumentParser
import Engine
import Images
import OCISpec
import Runtime
import Templates

struct SystemDiskUsage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "df", abstract: "Show what images, containers and volumes take on the disk.")

  @Flag(name: .shortAndLong, help: "Each of them.") var verbose = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let containers = Containers()
    let listed = containers.list { ErrorReport.say("warning: \($0)") }
    let volumes = containers.volumeUsage(listed)
    let images = EngineImages()
    let usage = try images.store.usage()
    let users = images.users()
    if verbose {
      try tellEach(listed, volumes, usage, users)
    } else {
      let format = try RowFormat(self.format, usual: Self.usual, headers: Self.headers)
      try format.print(Self.summary(listed, volumes, usage, users))
    }
  }

  private static let usual = "{{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}"
  private static let headers: KeyValuePairs = [
    "Type": "TYPE", "TotalCount": "TOTAL", "Active": "ACTIVE", "Size": "SIZE", "Reclaimable": "RECLAIMABLE",
  ]

  private static func summary(
    _ listed: [ListedContainer], _ volumes: [VolumeUsage], _ images: ImageUsage,
    _ users: [Digest: [ImageUser]]
  ) -> [TemplateValue] {
    var (whole, idle) = (Int64(0), Int64(0))
    for one in listed {
      let size = one.container?.ownSize ?? 0
      whole += size
      if !one.isActive { idle += size }
    }
    return [
      row(
        "Images", count: images.images.count, active: images.images.count { users[$0.id] != nil },
        size: images.size, reclaimable: images.reclaimable { users[$0.id] != nil }),
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

  private func tellEach(
    _ listed: [ListedContainer], _ volumes: [VolumeUsage], _ images: ImageUsage,
    _ users: [Digest: [ImageUser]]
  ) throws {
    let now = Moment.now()
    let imageRows = images.images.flatMap { image in
      image.names().map { name in
        ImageRow(
          image: image, name: name, containers: users[image.id]?.count ?? 0, isShort: format == nil, now: now,
          shared: images.sharedSize(of: image)
        ).value
      }
    }
    let isTable = format == nil || format == "" || format == "table"
    let containers = listed.map {
      ContainerRow(listed: $0, now: now, isShort: isTable, showsVirtualSize: false).value
    }
    let volumeRows = volumes.map(Self.row)
    guard isTable else {
      let all = TemplateValue.record(
        "*formatter.diskUsageContext",
        [
          TemplateField("Images", .list(imageRows)), TemplateField("Containers", .list(containers)),
          TemplateField("Volumes", .list(volumeRows)), TemplateField("BuildCache", .list([])),
        ])
      Output.write(try Template(format == "json" ? "{{json .}}" : format!).render(all) + "\n")
      return
    }
    Output.write("Images space usage:\n\n")
    try RowFormat(
      nil,
      usual:
        "{{.Repository}}\\t{{.Tag}}\\t{{.ID}}\\t{{.CreatedSince}}\\t{{.Size}}\\t{{.SharedSize}}\\t{{.UniqueSize}}\\t{{.Containers}}",
      headers: ImageRow.headers
    ).print(imageRows)
    Output.write("\nContainers space usage:\n\n")
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
