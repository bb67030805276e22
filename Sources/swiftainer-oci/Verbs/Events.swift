import Runtime

extension Command {
  static let events = Command(
    name: "events", arguments: "ID", summary: "print statistics and lack of memory as they happen",
    flags: [
      Flag("interval", value: "DURATION", "the time between statistics, as in 500ms or 1m30s (5s)"),
      Flag("stats", "print statistics once"),
    ], count: 1...1
  ) { arguments, context in
    let text = arguments["interval"] ?? "5s"
    guard let interval = GoDuration.nanoseconds(text), interval > 0 else {
      throw UsageError("--interval \(text): not a duration of more than 0, as 5s or 500ms")
    }
    let container = try context.store.container(arguments.positional[0])
    func tell(_ event: ContainerEvent) throws {
      try Output.printOrFail(bytes: EventReport(id: container.id, event).json())
    }
    if arguments.has("stats") {
      try tell(.stats(try container.stats()))
    } else {
      try container.watch(every: UInt64(interval), tell)
    }
    return 0
  }
}
