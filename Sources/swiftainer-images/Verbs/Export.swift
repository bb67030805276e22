import Archives
import ArgumentParser
import Engine
import ImageFlags
import Runtime

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "export")
  @OptionGroup var flags: ExportFlags

  func run() async throws {
    let container = try Containers().find(flags.container)
    let files = try container.files()
    try ArchiveFile.write(to: flags.output, "export") { sink throws(Failure) in
      _ = try LayerPacker().pack(files.folder.raw, name: container.name, to: sink)
    }
  }
}
