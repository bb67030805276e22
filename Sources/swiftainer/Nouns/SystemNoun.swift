import ArgumentParser

/// `system`: the verbs for all that swiftainer keeps on this machine.
struct SystemNoun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "system", abstract: "The verbs for this machine: system df, system prune and so on.",
    subcommands: [
      SystemDiskUsage.self, SystemPrune.self, Info.self, Events.self, SystemCheck.self, SystemBoot.self,
      SystemShutdown.self,
    ])
}
