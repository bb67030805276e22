import Runtime

/// What is said of flags that people know from docker, and that are not there or something else.
enum FlagHint {
  private static let hints = [
    "-h": "the container's name as a host; --help tells more",
    "--cgroup-parent": "all are below /swiftainer, each in one of its own",
    "--cpu-rt-period": "control groups v2 have none",
    "--cpu-rt-runtime": "control groups v2 have none",
    "--disable-content-trust": "leave it out: no signatures are looked at",
    "--gpus": "--device gives it devices, and -v what their programs need",
    "--link": "put both on a network of your own: there they find each other by name",
    "--runtime": "leave it out: there is one",
    "--storage-opt": "what a container writes is limited by its disk alone",
    "--volume-driver": "leave it out: volumes are of the driver local",
  ]

  /// The words about a flag that is not known.
  ///
  /// - Parameter flag: as it was typed, perhaps with a value.
  static func unknown(_ flag: String) -> String {
    "unknown flag \(flag)" + (hints[String(flag.prefix { $0 != "=" })].map { " (\($0))" } ?? "")
  }

  /// The parser's words, with a hint where there is one. What the parser offers instead then only looks alike.
  ///
  /// - Parameter verb: the verb's name.
  static func added(to line: String, verb: String?) -> String {
    let parts = line.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, ["unknown option ", "missing value for "].contains(parts[0].lowercased()) else {
      return line
    }
    var hint = hints[parts[1]]
    if verb == "kill", SignalName.number(String(parts[1].dropFirst())) != nil {
      hint = "a signal is given as in -s \(parts[1].dropFirst())"
    }
    return hint.map { "\(parts[0])'\(parts[1])' (\($0))" } ?? line
  }
}
