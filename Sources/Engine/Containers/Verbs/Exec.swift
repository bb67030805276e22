import Glibc
import OCISpec
import Runtime

/// What a person says to `exec`.
public struct ExecRequest: Equatable, Sendable {
  public var command: [String]
  /// `NAME=VALUE`, or a name alone for a variable that the process is not to have.
  public var environment: [String] = []
  /// nil for the container's own, as the other two.
  public var user: String?
  public var workingFolder: String?
  public var terminal = false
  /// Rows and columns of the caller's terminal.
  public var consoleSize: Box?
  public var privileged = false

  public init(_ command: [String]) { self.command = command }

  /// The container's own process with what was asked for in its place.
  ///
  /// - Parameters:
  ///   - own: the process as the container's configuration has it.
  ///   - groups: the container's own `--group-add`, which holds for whoever runs in it.
  ///   - rootfs: the container's root, in which users and groups are looked up.
  func process(from own: OCISpec.Process, groups: [String] = [], rootfs: String) throws -> OCISpec.Process {
    var process = own
    process.args = command
    process.terminal = terminal
    process.consoleSize = consoleSize
    // As at `run -t`; a value of the container's own counts more, and the person's most.
    let isNamed = process.env.contains { $0.hasPrefix("TERM=") }
    if terminal && !isNamed { process.env.append("TERM=xterm") }
    process.env = KeyValue.changed(process.env, by: environment)
    if let workingFolder { process.cwd = workingFolder }
    if let user {
      process.user = try Account.find(user, rootfs: rootfs)
      try Account.add(groups, to: &process.user, rootfs: rootfs)
    }
    if privileged {
      process.capabilities = CapabilitySet.available(inOtherUserNamespace: false)
        .specification(uid: process.user.uid)
      process.apparmorProfile = nil
    } else if user != nil, let held = process.capabilities?.bounding {
      // What root holds at once, another user only may come to hold.
      process.capabilities = try SpecBuilder.held(held).specification(uid: process.user.uid)
    }
    return process
  }
}

/// An additional process in a container that runs, from the wish for it to its end.
public struct ExecSession: Sendable {
  private let container: StoredContainer
  private let running: Runtime.Container
  private let process: OCISpec.Process
  /// 64 hexadecimal digits, in the events.
  public let id = RandomID.make()

  /// - Parameter word: what the person typed for the container.
  public init(_ container: StoredContainer, word: String, _ request: ExecRequest) throws {
    let status = try container.status()
    switch status.state {
    case .running: break
    case .paused: throw Failure("Container \(word) is paused, unpause the container before exec")
    case .restarting:
      throw Failure("Container \(container.id) is restarting, wait until the container is running")
    case .created, .exited, .dead, .removing: throw Failure("container \(container.id) is not running")
    }
    self.container = container
    running = try container.roots.store.container(container.id)
    guard let own = try running.spec().process else {
      throw Failure("exec in container \(word)", reason: "its configuration has no process")
    }
    process = try request.process(
      from: own, groups: container.options.groups, rootfs: "/proc/\(status.pid)/root")
  }

  /// Starts the process with the caller's own streams; it is the caller's child.
  ///
  /// - Parameter receiveConsole: takes the terminal's master, where there is one, and owns it from then on.
  public func start(receiveConsole: @escaping (CInt) -> Void = { close($0) }) throws -> LaunchedProcess {
    tell("exec_create: " + command)
    var options = ExecOptions(process: process)
    options.ownsStreams = Self.streamsArePipes
    options.receiveConsole = { master, _ in receiveConsole(master) }
    tell("exec_start: " + command)
    do {
      return try running.exec(options)
    } catch {
      throw FlagNames.renamed(error, [("process.cwd", "--workdir"), ("process.user", "--user")])
    }
  }

  /// Tells of the process's end, and returns its exit code as a shell gives it.
  ///
  /// - Parameter status: as wait(2) gives it.
  public func ended(_ status: CInt) -> Int32 {
    let code = LaunchedProcess.exitCode(status)
    tell("exec_die", [("exitCode", "\(code)")])
    return code
  }

  private var command: String { process.args.joined(separator: " ") }

  private func tell(_ action: String, _ attributes: [(name: String, value: String)] = []) {
    EventLog(container.roots).add(container.event(action, [("execID", id)] + attributes))
  }

  /// Whether all three streams may become another user's own: a person's files and terminal stay theirs.
  private static var streamsArePipes: Bool {
    (STDIN_FILENO...STDERR_FILENO).allSatisfy(CarriedStreams.isMereStream)
  }
}

extension KeyValue {
  /// Variables with others in their place. One whose name stands alone is removed.
  static func changed(_ variables: [String], by changes: [String]) -> [String] {
    var result = variables
    for change in changes {
      let name = change.prefix { $0 != "=" }
      let place = result.firstIndex { $0.prefix { $0 != "=" } == name }
      switch (place, change.contains("=")) {
      case (let place?, true): result[place] = change
      case (let place?, false): result.remove(at: place)
      case (nil, true): result.append(change)
      case (nil, false): break
      }
    }
    return result
  }
}
