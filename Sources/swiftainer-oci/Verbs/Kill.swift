import Runtime

extension Command {
  static let kill = Command(
    name: "kill", arguments: "ID [SIGNAL]", summary: "send a signal to a container (TERM)",
    flags: [Flag("all", short: "a", "to all of its processes")], count: 1...2
  ) { arguments, context in
    let text = arguments.positional.count > 1 ? arguments.positional[1] : "TERM"
    guard let signal = SignalName.number(text) else { throw UsageError("kill: unknown signal \(text)") }
    try context.store.container(arguments.positional[0]).kill(signal, all: arguments.has("all"))
    return 0
  }

  static let delete = Command(
    name: "delete", arguments: "ID", summary: "remove a container that has stopped",
    flags: [Flag("force", short: "f", "end it first if it lives; no error if there is none")], count: 1...1
  ) { arguments, context in
    let force = arguments.has("force")
    let id = arguments.positional[0]
    guard try !force || context.store.holds(id) else { return 0 }
    if force {
      try context.store.salvage(id).delete(force: true)
    } else {
      try context.store.container(id).delete()
    }
    return 0
  }
}
