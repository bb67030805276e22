import ArgumentParser

/// `container`: the verbs for containers, each spelt with the noun before it.
struct ContainerNoun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "container", abstract: "The verbs for containers: container ls, container rm and so on.",
    subcommands: Swiftainer.containerVerbs + [ContainerList.self, ContainerInspect.self, ContainerPrune.self])
}
