import ArgumentParser
import Engine
import Glibc
import Runtime
import Templates

struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Show what containers use: processor, memory, network, disks.",
    discussion: "Of all that run where none is named; once a second until ^C, or once with --no-stream.")

  @Flag(name: .shortAndLong, help: "Also those that do not run.") var all = false
  @Flag(help: "Once only.") var noStream = false
  @Flag(help: "Whole IDs.") var noTrunc = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("A template for each, 'table TEMPLATE', or json.", valueName: "template"))
  var format: String?
  @Argument(
    help: ArgumentHelp("Names, IDs, or beginnings of IDs.", valueName: "container"),
    completion: .custom { _, _, _ in Completions.containers() })
  var containers: [String] = []

  func run() throws {
    let format = try RowFormat(self.format, usual: StatsRow.usual, headers: StatsRow.headers)
    let isScreen = !noStream && isatty(STDOUT_FILENO) == 1
    // What is wrong with a word is told before anything is shown.
    let first = try named()
    var readings = UsageReadings()
    _ = readings.take(first.map(\.container))
    if isScreen { try show(first, first.map { _ in nil }, format, before: "\u{1B}[2J") }
    while true {
      sleep(1)
      let chosen = containers.isEmpty ? unnamed() : first.filter { Files.exists($0.container.folder) }
      try show(chosen, readings.take(chosen.map(\.container)), format, before: isScreen ? "" : nil)
      if noStream || !containers.isEmpty && chosen.isEmpty { return }
    }
  }

  private typealias Chosen = (word: String, container: StoredContainer)

  private func named() throws -> [Chosen] {
    if containers.isEmpty { return unnamed() }
    let all = Containers()
    return try containers.map { ($0, try all.find($0)) }
  }

  private func unnamed() -> [Chosen] {
    Containers().all().filter { all || isRunning($0) }.map { ($0.shortID, $0) }
  }

  private func isRunning(_ container: StoredContainer) -> Bool {
    guard let state = try? container.status().state else { return false }
    return state == .running || state == .paused
  }

  /// - Parameter before: what the terminal is told first; nil where there is none.
  private func show(
    _ chosen: [Chosen], _ figures: [StatsFigures?], _ format: RowFormat, before: String?
  ) throws {
    let rows = zip(chosen, figures).map { one, figures in
      StatsRow(word: one.word, container: one.container, figures: figures, isShort: !noTrunc).value
    }
    var text = try format.text(rows)
    if let before {
      // In place: each line takes the place of what stood there, and nothing is left below.
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      text = before + "\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[J"
    }
    Output.write(text)
  }
}
