import Engine
import Glibc
import Runtime
import Templates

extension ContainerDetails {
  /// What the container is, wherever it is.
  var config: TemplateValue {
    let streams =
      options.attached ?? (options.detached ? [] : [.output, .error] + (options.interactive ? [.input] : []))
    return .record(
      "*container.Config",
      [
        TemplateField("Hostname", .string(hostname)),
        TemplateField("Domainname", .text(options.domainname)),
        TemplateField("User", .text(options.user)),
        TemplateField("AttachStdin", .bool(streams.contains(.input))),
        TemplateField("AttachStdout", .bool(streams.contains(.output))),
        TemplateField("AttachStderr", .bool(streams.contains(.error))),
        TemplateField("ExposedPorts", omitsEmpty: true, .set(container.ports.map(Self.name))),
        TemplateField("Tty", .bool(options.terminal)),
        TemplateField("OpenStdin", .bool(options.interactive)),
        TemplateField("StdinOnce", .bool(options.interactive && !options.detached)),
        TemplateField("Env", .strings(options.environment.filter { $0.contains("=") })),
        TemplateField(
          "Cmd", .list(orNull: options.entrypoint == nil ? container.arguments : options.command)),
        TemplateField("Healthcheck", omitsEmpty: true, healthcheck),
        TemplateField("Image", .string(options.image)),
        TemplateField("Volumes", .nothing(.map)),
        TemplateField("WorkingDir", .text(options.workingFolder)),
        TemplateField("Entrypoint", .list(orNull: options.entrypoint ?? [])),
        TemplateField("OnBuild", .nothing(.list)),
        TemplateField("Labels", .map(options.labels)),
        TemplateField("StopSignal", omitsEmpty: true, .text(options.stopSignal)),
        TemplateField("StopTimeout", omitsEmpty: true, .optional(options.stopTimeout)),
      ])
  }

  static func name(_ port: ListedPort) -> String { "\(port.port)/\(port.transport.rawValue)" }

  private var hostname: String {
    if let name = options.hostname { return name }
    guard options.network.mode == .host || options.namespaces.uts == .host else { return container.shortID }
    var buffer = [UInt8](repeating: 0, count: 256)
    _ = buffer.withUnsafeMutableBytes {
      gethostname($0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count - 1)
    }
    return String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
  }

  private var healthcheck: TemplateValue {
    guard let health = options.health else { return .nothing(.record("*container.HealthConfig")) }
    var test: [String] = []
    if let said = health.test { test = said }
    if health.isDisabled { test = ["NONE"] }
    return .record(
      "*container.HealthConfig",
      [
        TemplateField("Test", omitsEmpty: true, .strings(test)),
        TemplateField("Interval", omitsEmpty: true, .number(health.interval)),
        TemplateField("Timeout", omitsEmpty: true, .number(health.timeout)),
        TemplateField("StartPeriod", omitsEmpty: true, .number(health.startPeriod)),
        TemplateField("StartInterval", omitsEmpty: true, .number(health.startInterval)),
        TemplateField("Retries", omitsEmpty: true, .number(health.retries)),
      ])
  }
}
