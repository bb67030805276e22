import Engine
import Images
import OCISpec
import Templates

extension StoredImage {
  /// What `image inspect` shows. Source: `ImageInspect` of the Docker Engine API.
  var details: TemplateValue {
    let tags = references.filter { $0.tag != nil && $0.digest == nil }.map(\.familiar)
    let digests = references.filter { $0.digest != nil }.map(\.familiar)
    return .record(
      "types.ImageInspect",
      [
        TemplateField("Id", .string(id.description)), TemplateField("RepoTags", .strings(tags)),
        TemplateField("RepoDigests", .strings(digests)), TemplateField("Parent", .string("")),
        TemplateField("Comment", .string(config.history.last?.comment ?? "")),
        TemplateField("Created", omitsEmpty: true, .text(config.created)),
        TemplateField("DockerVersion", .string("")), TemplateField("Author", .text(config.author)),
        TemplateField("Config", execution),
        TemplateField("Architecture", .string(config.architecture)),
        TemplateField("Variant", omitsEmpty: true, .text(config.variant)),
        TemplateField("Os", .string(config.os)), TemplateField("Size", .number(size)),
        TemplateField(
          "GraphDriver",
          .record(
            "types.GraphDriverData",
            [TemplateField("Data", .map(folders)), TemplateField("Name", .string("overlay2"))])),
        TemplateField(
          "RootFS",
          .record(
            "types.RootFS",
            [
              TemplateField("Type", .string("layers")),
              TemplateField("Layers", .strings(config.diffIDs.map(\.description))),
            ])),
        TemplateField(
          "Metadata",
          .record("image.Metadata", [TemplateField("LastTagTime", .string("0001-01-01T00:00:00Z"))])),
      ])
  }

  /// Where its layers are, as docker's overlay2 tells it.
  private var folders: [String: String] {
    let layers = EngineImages().store.layers
    var paths = chainIDs.map { layers.path(of: $0) }
    guard let top = paths.popLast() else { return [:] }
    var folders = ["UpperDir": top]
    if !paths.isEmpty { folders["LowerDir"] = paths.reversed().joined(separator: ":") }
    return folders
  }

  private var execution: TemplateValue {
    let said = config.config
    return .record(
      "*container.Config",
      [
        TemplateField("Hostname", .string("")), TemplateField("Domainname", .string("")),
        TemplateField("User", .text(said.user)), TemplateField("AttachStdin", .bool(false)),
        TemplateField("AttachStdout", .bool(false)), TemplateField("AttachStderr", .bool(false)),
        TemplateField("ExposedPorts", omitsEmpty: true, .set(said.exposedPorts)),
        TemplateField("Tty", .bool(false)), TemplateField("OpenStdin", .bool(false)),
        TemplateField("StdinOnce", .bool(false)), TemplateField("Env", .list(orNull: said.env)),
        TemplateField("Cmd", .list(orNull: said.command ?? [])),
        TemplateField("Healthcheck", omitsEmpty: true, healthcheck), TemplateField("Image", .string("")),
        TemplateField("Volumes", said.volumes.isEmpty ? .nothing(.map) : .set(said.volumes)),
        TemplateField("WorkingDir", .text(said.workingDir)),
        TemplateField("Entrypoint", .list(orNull: said.entrypoint ?? [])),
        TemplateField("OnBuild", .list(orNull: said.onBuild)),
        TemplateField("Labels", said.labels.isEmpty ? .nothing(.map) : .map(said.labels)),
        TemplateField("StopSignal", omitsEmpty: true, .text(said.stopSignal)),
        TemplateField("StopTimeout", omitsEmpty: true, .optional(said.stopTimeout)),
        TemplateField("Shell", omitsEmpty: true, .list(orNull: said.shell)),
      ])
  }

  private var healthcheck: TemplateValue {
    guard let check = config.config.healthcheck else { return .nothing(.record("*container.HealthConfig")) }
    return .record(
      "*container.HealthConfig",
      [
        TemplateField("Test", omitsEmpty: true, .strings(check.test)),
        TemplateField("Interval", omitsEmpty: true, .number(check.interval)),
        TemplateField("Timeout", omitsEmpty: true, .number(check.timeout)),
        TemplateField("StartPeriod", omitsEmpty: true, .number(check.startPeriod)),
        TemplateField("StartInterval", omitsEmpty: true, .number(check.startInterval)),
        TemplateField("Retries", omitsEmpty: true, .number(check.retries)),
      ])
  }
}
