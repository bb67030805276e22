import Runtime

extension Command {
  static let spec = Command(
    name: "spec", arguments: "", summary: "write a configuration to start from",
    flags: [
      Flag(
        "bundle", short: "b", value: "FOLDER", "the bundle to write config.json into (the current folder)"),
      Flag("rootless", "for a runtime without privileges"),
    ], count: 0...0
  ) { arguments, _ in
    try StarterSpec.write(to: arguments["bundle"] ?? ".", rootless: arguments.has("rootless"))
    return 0
  }
}
