import Runtime

extension Command {
  static let create = Command(
    name: "create", arguments: "ID", summary: "make a container that waits for start", flags: CreateFlags.all,
    count: 1...1
  ) { arguments, context in
    _ = try Container.create(
      arguments.positional[0], in: context.store, CreateFlags.options(arguments, context))
    return 0
  }
}
