import Engine
import Runtime
import Templates

/// A container as `inspect` shows it. Source: `ContainerInspect` of the Docker Engine API 1.47, in moby/moby,
/// api/types/container.
struct ContainerDetails {
  let listed: ListedContainer
  let container: StoredContainer
  /// What its files take is told as well.
  var measures = false

  var options: RunOptions { container.options }

  var value: TemplateValue {
    let arguments = container.arguments
    var fields = [
      TemplateField("ID", jsonName: "Id", .string(container.id)),
      TemplateField("Created", .string(container.created)),
      TemplateField("Path", .text(arguments.first)),
      TemplateField("Args", .strings(Array(arguments.dropFirst()))),
      TemplateField("State", state),
      TemplateField("Image", .string(container.imagePlace)),
      TemplateField("ResolvConfPath", .string(own("resolv.conf"))),
      TemplateField("HostnamePath", .string(own("hostname"))),
      TemplateField("HostsPath", .string(own("hosts"))),
      TemplateField("LogPath", .string(isLoggedToFile ? container.logFolder + "/container.log" : "")),
      TemplateField("Name", .string("/" + container.name)),
      TemplateField("RestartCount", .number(listed.status.restartCount)),
      TemplateField("Driver", .string(driver)),
      TemplateField("Platform", .string("linux")),
      TemplateField("MountLabel", .string("")),
      TemplateField("ProcessLabel", .string("")),
      TemplateField("AppArmorProfile", .text(options.security.apparmor)),
      TemplateField("ExecIDs", .nothing(.list)),
      TemplateField("HostConfig", hostConfig),
      TemplateField("GraphDriver", graphDriver),
    ]
    if measures {
      let own = container.ownSize
      fields.append(TemplateField("SizeRw", .number(own)))
      fields.append(TemplateField("SizeRootFs", .number(own + container.imageSize)))
    }
    fields += [
      TemplateField("Mounts", .list(mounts)),
      TemplateField("Config", config),
      TemplateField("NetworkSettings", networkSettings),
    ]
    return .record("*container.InspectResponse", fields)
  }

  private func own(_ name: String) -> String {
    let path = container.folder + "/" + name
    return Files.exists(path) ? path : ""
  }

  private var isLoggedToFile: Bool { ["", "json-file"].contains(options.logDriver ?? "") }

  private var driver: String { container.overlay == nil ? "vfs" : "overlay2" }

  private var graphDriver: TemplateValue {
    var folders = ["MergedDir": container.rootfs]
    if let overlay = container.overlay {
      folders = [
        "LowerDir": overlay.lower.joined(separator: ":"), "MergedDir": overlay.target,
        "UpperDir": overlay.upper,
        "WorkDir": overlay.work,
      ]
    }
    return .record(
      "storage.DriverData", [TemplateField("Data", .map(folders)), TemplateField("Name", .string(driver))])
  }
}

extension ContainerDetails {
  /// A moment that never came.
  private static let never = "0001-01-01T00:00:00Z"

  private var state: TemplateValue {
    let status = listed.status
    let runs = status.state == .running || status.state == .paused
    return .record(
      "*container.State",
      [
        TemplateField("Status", .string(status.state.rawValue)),
        TemplateField("Running", .bool(listed.isActive)),
        TemplateField("Paused", .bool(status.state == .paused)),
        TemplateField("Restarting", .bool(status.state == .restarting)),
        TemplateField("OOMKilled", .bool(status.isOOMKilled)),
        TemplateField("Dead", .bool(status.state == .dead)),
        TemplateField("Pid", .number(runs ? status.pid : 0)),
        TemplateField("ExitCode", .number(runs ? 0 : status.exitCode)),
        TemplateField("Error", .string(status.error)),
        TemplateField("StartedAt", .string(status.startedAt.isEmpty ? Self.never : status.startedAt)),
        TemplateField("FinishedAt", .string(status.finishedAt.isEmpty ? Self.never : status.finishedAt)),
        TemplateField("Health", omitsEmpty: true, health),
      ])
  }

  private var health: TemplateValue {
    guard let health = listed.status.health else { return .nothing(.record("*container.Health")) }
    let log = health.log.map { probe in
      TemplateValue.record(
        "*container.HealthcheckResult",
        [
          TemplateField("Start", .string(probe.start)), TemplateField("End", .string(probe.end)),
          TemplateField("ExitCode", .number(probe.exitCode)), TemplateField("Output", .string(probe.output)),
        ])
    }
    return .record(
      "*container.Health",
      [
        TemplateField("Status", .string(health.status.rawValue)),
        TemplateField("FailingStreak", .number(health.failingStreak)), TemplateField("Log", .list(log)),
      ])
  }
}
