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
    options.listenDescriptors = try listening()
    options.preservedDescriptors = try preserved(arguments, behind: options.listenDescriptors)
    options.usesSystemd = context.usesSystemd
    let log = context.log
    options.warn = { log.write("warning", $0) }
    options.observe = log.observer
    return options
  }

  /// Sockets that a service manager has opened for the payload; those in an environment that was meant for
  /// another process, and came down to this one, are none. Source: sd_listen_fds(3).
  private static func listening() throws -> Int {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    guard let text = variable("LISTEN_FDS"), variable("LISTEN_PID") == String(getpid()) else { return 0 }
    guard let count = Int(text), (0...1024).contains(count) else {
      throw UsageError("LISTEN_FDS \(text): not a number of descriptors")
    }
    try checkOpen(3..<3 + count, "LISTEN_FDS \(count)")
    return count
  }

  /// The number of descriptors to hand on, each of which must be open.
  ///
  /// - Parameter listening: how many others come before them.
  static func preserved(_ arguments: Arguments, behind listening: Int = 0) throws -> Int {
    let count = try arguments.number("preserve-fds", in: 0...1024) ?? 0
    let first = 3 + listening
    try checkOpen(first..<first + count, "--preserve-fds \(count)")
    return count
  }

  private static func checkOpen(_ descriptors: Range<Int>, _ asked: String) throws {
    for descriptor in descriptors where fcntl(CInt(descriptor), F_GETFD) < 0 {
      throw UsageError("\(asked): descriptor \(descriptor) is not open")
    }
  }
}
