import ArgumentParser
import Engine
import Glibc
import Runtime

struct Logs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Show what a container has said.")

  @Flag(name: .shortAndLong, help: "Go on as long as the container lives.") var follow = false
  @Option(
    name: [.customShort("n"), .long], parsing: .unconditional,
    help: ArgumentHelp("Only so many lines from the end.", valueName: "number|all"))
  var tail = "all"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only lines since a time, as in 2013-01-02T13:23:37Z, or 42m for 42 minutes ago.", valueName: "time"))
  var since = ""
  @Option(parsing: .unconditional, help: ArgumentHelp("Only lines before a time.", valueName: "time"))
  var until = ""
  @Flag(name: .shortAndLong, help: "Show when each line was written.") var timestamps = false
  @Flag(help: "Show what the log says about the container: labels, variables, tag.") var details = false
  @OptionGroup var word: ContainerWord

  func run() throws {
    let query = try LogQuery(follow: follow, tail: tail, since: since, until: until)
    let container = try word.find()
    try show(container, query, try container.logOptions().driver)
  }

  private func show(_ container: StoredContainer, _ query: LogQuery, _ driver: LogOptions.Driver) throws {
    let printer = LogPrinter(timestamps: timestamps, details: details)
    switch driver {
    case .jsonFile:
      let reader = LogReader(in: container.logFolder, query)
      try reader.read(isAlive: { container.isMonitored }, pause: printer.flush, printer.print)
      try printer.flush()
      if reader.unreadable > 0 {
        let noun = reader.unreadable == 1 ? "line" : "lines"
        ErrorReport.say("\(reader.unreadable) \(noun) of the log could not be read, and were left out")
      }
    case .journald:
      try JournalReader(of: container.id, query).read(
        isAlive: { container.isMonitored }, pause: printer.flush, printer.print)
      try printer.flush()
    case .none, .syslog:
      throw Failure(
        "container \(word.container)",
        reason: "the logging driver \(driver.rawValue) does not support reading")
    }
  }
}
