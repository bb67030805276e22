import Engine
import Templates

extension Volume {
  /// A row of `volume ls`. Source: `formatter.VolumeContext` of docker/cli.
  var row: TemplateValue {
    let labels = self.labels
    return .record(
      TemplateRecord(
        "*formatter.volumeContext", style: .row,
        [
          TemplateField("Name", .string(name)), TemplateField("Driver", .string(Volume.driver)),
          TemplateField("Scope", .string("local")), TemplateField("Mountpoint", .string(mountpoint)),
          TemplateField(
            "Labels",
            .string(labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))),
          .method("Label", arguments: 1) { .string(labels[$0[0]] ?? "") },
          // As with docker: `system df -v` is where these are known.
          TemplateField("Links", .string("N/A")), TemplateField("Size", .string("N/A")),
          TemplateField("Availability", .string("N/A")), TemplateField("Group", .string("N/A")),
          TemplateField("Status", .string("N/A")),
        ]))
  }

  /// What `volume inspect` shows. Source: `Volume` of the Docker Engine API.
  var details: TemplateValue {
    .record(
      TemplateRecord(
        "*volume.Volume",
        [
          TemplateField("CreatedAt", .string(created)), TemplateField("Driver", .string(Volume.driver)),
          TemplateField("Labels", labels.isEmpty ? .nothing(.map) : .map(labels)),
          TemplateField("Mountpoint", .string(mountpoint)), TemplateField("Name", .string(name)),
          TemplateField("Options", options.isEmpty ? .nothing(.map) : .map(options)),
          TemplateField("Scope", .string("local")),
        ]))
  }
}
