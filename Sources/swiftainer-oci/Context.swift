import Glibc
import Runtime

/// The global flags, and what they decide.
struct Context {
  let store: ContainerStore
  let log: Log
  let usesSystemd: Bool

  static let flags = [
    Flag("root", value: "FOLDER", "where containers' states are kept"),
    Flag("log", value: "FILE", "where errors are logged, besides standard error"),
    Flag("log-format", value: "text|json", "the form of the log's lines (text)"),
    Flag("debug", "log each kernel call of a launch"),
    Flag("systemd-cgroup", "let systemd make the cgroups"),
    Flag(
      "rootless", value: "true|false|auto", "keep states below XDG_RUNTIME_DIR (auto: for anyone but root)"),
    Flag("version", short: "v", "show the version"),
    Command.help,
  ]

  init(_ arguments: Arguments) throws {
    let format = arguments["log-format"] ?? "text"
    guard let format = Log.Format(rawValue: format) else {
      throw UsageError("--log-format \(format): neither text nor json")
    }
    log = try Log(path: arguments["log"], format: format, debug: arguments.has("debug"))
    usesSystemd = arguments.has("systemd-cgroup")
    let environment = { (name: String) in getenv(name).map { String(cString: $0) } }
    // An empty variable in a script must not lead to somebody else's containers.
    if arguments.all("root").last == "" { throw UsageError("--root needs a folder, not an empty text") }
    if let root = arguments["root"] {
      store = ContainerStore(root: root)
      return
    }
    switch arguments["rootless"] ?? "auto" {
    case "auto": store = ContainerStore(root: ContainerStore.defaultRoot(environment: environment))
    case "false": store = ContainerStore(root: "/run/swiftainer")
    case "true":
      guard let folder = environment("XDG_RUNTIME_DIR") else {
        throw UsageError("--rootless true needs XDG_RUNTIME_DIR, or --root")
      }
      store = ContainerStore(root: folder + "/swiftainer")
    case let other: throw UsageError("--rootless \(other): none of true, false, auto")
    }
  }
}
