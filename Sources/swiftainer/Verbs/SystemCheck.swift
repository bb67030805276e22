import ArgumentParser
import Engine

struct SystemCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Find what commands that were cut short have left, and take it away.")

  @Flag(help: "Only tell.") var dryRun = false

  func run() throws {
    var isMended = true
    for leftover in try Containers().leftovers() {
      print(leftover.text)
      if dryRun { continue }
      if !leftover.isRepairable { isMended = false }
      do {
        try leftover.mend()
      } catch {
        isMended = false
        ErrorReport.say("\(error)")
      }
    }
    if !isMended { throw ExitCode(1) }
  }
}
