import ArgumentParser
import Engine
import OCISpec
import Runtime
import Templates

struct ShowVersion: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Show what version this is, and what it was built from.")

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("A template, or json.", valueName: "template"))
  var format: String?

  func run() throws {
    let host = HostFacts()
    if let format, !format.isEmpty {
      let template = try Template(format == "json" ? "{{json .}}" : format)
      Output.write(try template.render(Self.record(host)) + "\n")
      return
    }
    Output.write(
      """
      swiftainer:
       Version:      \(RuntimeVersion.number)
       Git commit:   \(RuntimeVersion.commit)
       OS/Arch:      linux/\(host.goArchitecture)
       OCI runtime:  \(OCI.specVersion)

      """)
  }

  /// There is no server: what asks for its version is given this one's.
  private static func record(_ host: HostFacts) -> TemplateValue {
    func common(_ arch: String) -> [TemplateField] {
      [
        TemplateField("Version", .string(RuntimeVersion.number)),
        TemplateField("GitCommit", .string(RuntimeVersion.commit)), TemplateField("Os", .string("linux")),
        TemplateField("Arch", .string(arch)),
      ]
    }
    let fields = common(host.goArchitecture)
    return .record(
      "command.versionInfo",
      [
        TemplateField("Client", .record("command.clientVersion", fields)),
        TemplateField(
          "Server", .record("*types.Version", fields + [TemplateField("KernelVersion", .string(host.kernel))])
        ),
      ])
  }
}
