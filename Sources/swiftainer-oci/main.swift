import CShim
import Glibc
import OCISpec
import Runtime

// Nothing in a container may look into this process while it stands with one foot in it (CVE-2016-9962).
_ = shim_set_dumpable(0)
StandardDescriptors.ensureOpen()
exit(Main.run(Array(CommandLine.arguments.dropFirst())))

enum Main {
  static func run(_ words: [String]) -> Int32 {
    var log: Log?
    do {
      let (global, rest) = try CommandLineParser.parse(words[...], Context.flags, mixed: false)
      if global.has("version") {
        Output.print(Version.text)
        return 0
      }
      if rest.first == "help", let name = rest.dropFirst().first {
        Output.print(try command(name).helpText)
        return 0
      }
      guard let name = rest.first, !global.has("help"), name != "help" else {
        Output.print(help)
        return global.has("help") || rest.first == "help" ? 0 : 1
      }
      let context = try Context(global)
      log = context.log
      let command = try command(name)
      let (arguments, _) = try CommandLineParser.parse(
        rest.dropFirst(), command.flags + [Command.help], mixed: !command.passesRest)
      if arguments.has("help") {
        Output.print(command.helpText)
        return 0
      }
      guard command.count.contains(arguments.positional.count) else {
        let found = arguments.positional.count
        let few = found < command.count.lowerBound
        throw UsageError("\(name): too \(few ? "few" : "many") arguments (\(found)); \(command.usage)")
      }
      return try command.body(arguments, context)
    } catch {
      let message = "\(error)"
      Output.error("swiftainer-oci: " + message)
      log?.write("error", message)
      return 1
    }
  }

  private static func command(_ name: String) throws -> Command {
    guard let command = Command.all.first(where: { $0.name == name }) else {
      throw UsageError("unknown command \(name): swiftainer-oci --help lists them")
    }
    return command
  }

  static var help: String {
    let width = Command.all.map(\.name.count).max() ?? 0
    let commands = Command.all.map { command in
      "  " + command.name + String(repeating: " ", count: width - command.name.count + 2) + command.summary
    }
    return """
      usage: swiftainer-oci [global flags] COMMAND [flags] [arguments]

      An OCI runtime: engines call it where they would call runc.

      commands:
      \(commands.joined(separator: "\n"))

      global \(Command.table(Context.flags))
      swiftainer-oci COMMAND --help tells about one of them.
      """
  }
}
