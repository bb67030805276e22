import CShim
import Glibc
import OCISpec
import Runtime

extension Command {
  static let exec = Command(
    name: "exec", arguments: "ID [COMMAND [ARG…]]", summary: "run another process in a container",
    flags: [
      Flag("process", short: "p", value: "FILE", "the process as JSON, in place of a command"),
      Flag("detach", short: "d", "do not wait for its end"),
      Flag("tty", short: "t", "give it a terminal"),
      Flag("env", short: "e", value: "NAME=VALUE", "an environment variable (may be repeated)"),
      Flag("cwd", value: "FOLDER", "its working directory"),
      Flag("user", short: "u", value: "UID[:GID]", "its user, and group if not the container's own"),
      Flag("additional-gids", short: "g", value: "GID", "another group (may be repeated)"),
      Flag("cap", short: "c", value: "CAP", "another capability (may be repeated)"),
      Flag("console-socket", value: "SOCKET", "a Unix socket that is sent the terminal's master"),
      Flag("pidfd-socket", value: "SOCKET", "a Unix socket that is sent the process's pidfd"),
      Flag("pid-file", value: "FILE", "where to write the process ID"),
      Flag("process-label", value: "LABEL", "its SELinux label"),
      Flag("apparmor", value: "PROFILE", "its AppArmor profile"),
      Flag("no-new-privs", "forbid it new privileges"),
      Flag("preserve-fds", value: "N", "hand N more descriptors, from 3 on, to it"),
      Flag("cgroup", value: "PATH", "start it in a cgroup below the container's"),
      Flag("ignore-paused", "let it wait in a paused container"),
    ], count: 1...Int.max, passesRest: true
  ) { arguments, context in
    let container = try context.store.container(arguments.positional[0])
    var options = ExecOptions(process: try ExecProcess.make(arguments, container))
    options.consoleSocket = arguments["console-socket"]
    options.pidfdSocket = arguments["pidfd-socket"]
    options.pidFile = arguments["pid-file"]
    options.preservedDescriptors = try CreateFlags.preserved(arguments)
    options.cgroup = arguments["cgroup"]
    options.ignorePaused = arguments.has("ignore-paused")
    let log = context.log
    options.warn = { log.write("warning", $0) }
    options.observe = log.observer
    let detached = arguments.has("detach")
    var master: CInt = -1
    if !detached && options.consoleSocket == nil {
      options.receiveConsole = { received, _ in master = received }
    }
    if !detached { SignalSet.blockAll() }
    let process = try container.exec(options)
    if detached { return 0 }
    var foreground = try Foreground(process, master: master)
    return LaunchedProcess.exitCode(try foreground.wait())
  }
}

/// The process that `exec` starts: the container's own with another command, or one from a file; both changed by
/// the flags.
enum ExecProcess {
  static func make(_ arguments: Arguments, _ container: Container) throws -> OCISpec.Process {
    var process = try base(arguments, container)
    if arguments.has("tty") { process.terminal = true }
    process.env += arguments.all("env")
    if let cwd = arguments["cwd"] { process.cwd = cwd }
    if let user = arguments["user"] {
      let (uid, gid) = try UserFlag.parse(user)
      process.user.uid = uid
      // Without one, the process keeps its group, as with runc.
      if let gid { process.user.gid = gid }
    }
    for text in arguments.all("additional-gids") {
      guard let gid = UserFlag.id(Substring(text)) else {
        throw UsageError("--additional-gids \(text): not a group number")
      }
      process.user.additionalGids.append(gid)
    }
    for name in arguments.all("cap") { try add(name, to: &process) }
    if let label = arguments["process-label"] { process.selinuxLabel = label }
    if let profile = arguments["apparmor"] { process.apparmorProfile = profile }
    if !arguments.all("no-new-privs").isEmpty { process.noNewPrivileges = arguments.has("no-new-privs") }
    return process
  }

  private static func base(_ arguments: Arguments, _ container: Container) throws -> OCISpec.Process {
    let command = arguments.rest
    if let file = arguments["process"] {
      if !command.isEmpty { throw UsageError("exec: both --process and a command") }
      return try SpecDecoder.decodeProcess(Files.read(file), name: file)
    }
    if command.isEmpty { throw UsageError("exec: neither --process nor a command") }
    guard var process = try container.spec().process else {
      throw Failure("cannot exec in container \(container.id)", reason: "its configuration has no process")
    }
    process.args = command
    // Whoever wants a terminal says so: the container's own is no sign of it.
    process.terminal = false
    return process
  }

  private static func add(_ name: String, to process: inout OCISpec.Process) throws {
    guard let capability = CapabilitySet(flagName: name)?.names.first else {
      throw UsageError("--cap \(name): unknown capability")
    }
    var capabilities = process.capabilities ?? LinuxCapabilities()
    // Not inheritable: that would pass it on to programs that never asked (CVE-2022-29162).
    for set in [\LinuxCapabilities.bounding, \.effective, \.permitted]
    where !capabilities[keyPath: set].contains(capability) {
      capabilities[keyPath: set].append(capability)
    }
    process.capabilities = capabilities
  }
}

/// `UID[:GID]`, strictly: anything else is an error, never user 0.
enum UserFlag {
  static func parse(_ text: String) throws -> (uid: UInt32, gid: UInt32?) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap(id)
    guard parts.count <= 2, numbers.count == parts.count, let uid = numbers.first else {
      throw UsageError("--user \(text): not UID or UID:GID")
    }
    return (uid, numbers.count == 2 ? numbers[1] : nil)
  }

  static func id(_ text: Substring) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let id = UInt32(text), id != .max
    else { return nil }
    return id
  }
}
