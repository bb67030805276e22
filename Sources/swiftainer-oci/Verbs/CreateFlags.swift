import Glibc
import Runtime

/// What `create` and `run` have in common.
enum CreateFlags {
  static let all = [
    Flag("bundle", short: "b", value: "FOLDER", "the bundle (the current folder)"),
    Flag("console-socket", value: "SOCKET", "a Unix socket that is sent the terminal's master"),
    Flag("pidfd-socket", value: "SOCKET", "a Unix socket that is sent the process's pidfd"),
    Flag("pid-file", value: "FILE", "where to write the process ID"),
    Flag("no-pivot", "change root by MS_MOVE and chroot: for a host on an initial ramfs"),
    Flag("no-new-keyring", "keep the session keyring"),
    Flag("preserve-fds", value: "N", "hand N more descriptors, from 3 on, to the payload"),
  ]

  static func options(_ arguments: Arguments, _ context: Context) throws -> CreateOptions {
    var options = CreateOptions(bundle: arguments["bundle"] ?? ".")
    options.consoleSocket = arguments["console-socket"]
    options.pidfdSocket = arguments["pidfd-socket"]
    options.pidFile = arguments["pid-file"]
    if arguments.has("no-pivot") { options.pivot = .moveAndChroot }
    options.newKeyring = !arguments.has("no-new-keyring")
    options.preservedDescriptors = try preserved(arguments)
    options.usesSystemd = context.usesSystemd
    let log = context.log
    options.warn = { log.write("warning", $0) }
    if log.debug {
      options.observe = { log.write("debug", "step \($0.step + 1): \($0.call.text)") }
    }
    return options
  }

  /// The number of descriptors to hand on, each of which must be open.
  static func preserved(_ arguments: Arguments) throws -> Int {
    let count = try arguments.number("preserve-fds", in: 0...1024) ?? 0
    for descriptor in 0..<count where fcntl(CInt(3 + descriptor), F_GETFD) < 0 {
      throw UsageError("--preserve-fds \(count): descriptor \(3 + descriptor) is not open")
    }
    return count
  }
}
