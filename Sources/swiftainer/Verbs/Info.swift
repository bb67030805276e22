import ArgumentParser
import Engine
import Images
import Runtime
import Templates

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show how many containers and images there are, and on what machine.")

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("A template, or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let containers = Containers()
    let listed = containers.list { ErrorReport.say("warning: \($0)") }
    let images = try EngineImages().store.all { ErrorReport.say("warning: \($0)") }.count
    let host = HostFacts()
    if let format, !format.isEmpty {
      let value = Self.record(listed, images, host, containers.roots)
      Output.write(try Template(format == "json" ? "{{json .}}" : format).render(value) + "\n")
      return
    }
    let roots = containers.roots
    let lines: [(String, String)] = [
      ("Containers", "\(listed.count)"),
      (" Running", "\(listed.count { $0.status.state == .running || $0.status.state == .restarting })"),
      (" Paused", "\(listed.count { $0.status.state == .paused })"),
      (" Stopped", "\(listed.count { !$0.isActive })"),
      ("Images", "\(images)"),
      ("Version", RuntimeVersion.number),
      ("Storage Driver", "overlay2"),
      ("Logging Driver", "json-file"),
      ("Cgroup Driver", "cgroupfs"),
      ("Cgroup Version", "\(host.cgroupVersion)"),
      ("Security Options", host.securityOptions.map(Self.name).joined(separator: " ")),
      ("Kernel Version", host.kernel),
      ("Operating System", host.operatingSystem),
      ("OSType", "linux"),
      ("Architecture", host.architecture),
      ("CPUs", "\(host.processors)"),
      ("Total Memory", HumanSize.binary(host.memory)),
      ("Name", host.hostname),
      ("Root Dir", roots.data),
      ("Run Dir", roots.run),
    ]
    Output.write(lines.map { "\($0.0): \($0.1)\n" }.joined())
  }

  /// The value after `name=`.
  private static func name(_ option: String) -> String {
    String(option.dropFirst("name=".count).prefix { $0 != "," })
  }

  /// Source: Info in moby/moby, api/types/system; what there is nothing to say of is left out.
  private static func record(
    _ listed: [ListedContainer], _ images: Int, _ host: HostFacts, _ roots: EngineRoots
  ) -> TemplateValue {
    let running = listed.count { $0.status.state == .running || $0.status.state == .restarting }
    let paused = listed.count { $0.status.state == .paused }
    return .record(
      "*system.Info",
      [
        TemplateField("ID", .string(host.hostname)),
        TemplateField("Containers", .int(listed.count)),
        TemplateField("ContainersRunning", .int(running)),
        TemplateField("ContainersPaused", .int(paused)),
        TemplateField("ContainersStopped", .int(listed.count - running - paused)),
        TemplateField("Images", .int(images)),
        TemplateField("Driver", .string("overlay2")),
        TemplateField("LoggingDriver", .string("json-file")),
        TemplateField("CgroupDriver", .string("cgroupfs")),
        TemplateField("CgroupVersion", .string(String(host.cgroupVersion))),
        TemplateField("KernelVersion", .string(host.kernel)),
        TemplateField("OperatingSystem", .string(host.operatingSystem)),
        TemplateField("OSType", .string("linux")),
        TemplateField("Architecture", .string(host.architecture)),
        TemplateField("NCPU", .int(host.processors)),
        TemplateField("MemTotal", .number(host.memory)),
        TemplateField("DockerRootDir", .string(roots.data)),
        TemplateField("Name", .string(host.hostname)),
        TemplateField("Labels", .strings([])),
        TemplateField("ExperimentalBuild", .bool(false)),
        TemplateField("ServerVersion", .string(RuntimeVersion.number)),
        TemplateField("DefaultRuntime", .string("swiftainer")),
        TemplateField("LiveRestoreEnabled", .bool(true)),
        TemplateField("SecurityOptions", .strings(host.securityOptions)),
        TemplateField("Warnings", .nothing(.list)),
      ])
  }
}
