import Runtime

extension Command {
  static let start = Command(
    name: "start", arguments: "ID", summary: "run the payload of a created container", flags: [], count: 1...1
  ) { arguments, context in
    let log = context.log
    try context.store.container(arguments.positional[0]).start(
      telling: log.listener("start"), observe: log.observer)
    return 0
  }

  static let pause = Command(
    name: "pause", arguments: "ID", summary: "stop all processes of a container where they are", flags: [],
    count: 1...1
  ) { arguments, context in
    try context.store.container(arguments.positional[0]).pause()
    return 0
  }

  static let resume = Command(
    name: "resume", arguments: "ID", summary: "let a paused container go on", flags: [], count: 1...1
  ) { arguments, context in
    try context.store.container(arguments.positional[0]).resume()
    return 0
  }

  static let state = Command(
    name: "state", arguments: "ID", summary: "print the state of a container", flags: [], count: 1...1
  ) { arguments, context in
    Output.print(bytes: try context.store.container(arguments.positional[0]).state().json(.indented(2)))
    return 0
  }
}
