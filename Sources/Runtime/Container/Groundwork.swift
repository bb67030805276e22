import CShim
import Glibc

/// What a launch stands on before anything of the container exists: the plan's first steps.
///
/// A reference, since what the launch calls back for reaches into it.
final class Groundwork {
  /// Connected to whoever is to be sent the terminal's master; -1 where nobody is.
  private var console: CInt = -1
  /// The pipes that `start` uses; -1 where there is no gate.
  private(set) var gate: CInt = -1
  private(set) var report: CInt = -1
  /// The container, once its ID is ours: from then on a failure takes it away again.
  private(set) var container: Container?

  deinit { for descriptor in [console, gate, report] where descriptor >= 0 { close(descriptor) } }

  /// What the container's unit is known by: a launch that fails later finds by it what to take away.
  func note(_ unit: UnitStart) { container?.record.unit = unit }

  /// Connects to the console socket, if the plan has one.
  func connect(_ plan: LaunchPlan, _ delegate: LaunchDelegate) throws {
    for (index, step) in plan.steps.enumerated() {
      guard case .connectConsole(let path) = step else { continue }
      try delegate.telling(index) { console = try ConsoleSocket.connect(path, telling: $0) }
    }
  }

  /// Carries out all steps of the groundwork.
  func lay(
    _ preparation: Preparation, in store: ContainerStore, _ record: ContainerRecord, _ options: CreateOptions,
    _ delegate: LaunchDelegate
  ) throws {
    try connect(preparation.plan, delegate)
    for (index, step) in preparation.plan.steps.enumerated() where step.isGroundwork {
      if case .connectConsole = step { continue }
      try delegate.telling(index) { listener in
        switch step {
        case .takeID:
          let folder = try store.reserve(preparation.id, telling: listener)
          let container = Container(store: store, folder: folder, record: record)
          self.container = container
          // Written before anything exists that would have to be found again.
          try record.write(folder, telling: listener)
          try Files.replace(container.configFile, preparation.source, telling: listener)
        case .makeSource(let path):
          try Files.makeFolders(path, mode: 0o755, telling: listener)
        case .makeScratch:
          try options.prepareScratch?(listener)
        case .writeFiles(let files):
          for file in files { try file.write(telling: listener) }
        case .makePipes(let folder):
          gate = try Self.makePipe(folder + "/gate", listener)
          report = try Self.makePipe(folder + "/report", listener)
        default: break
        }
      }
    }
  }

  /// Sends the terminal's master to the console socket, or gives it to whoever takes it here.
  func handOver(
    _ master: CInt, _ listener: KernelCallListener, else receive: ((CInt, KernelCallListener) -> Void)?
  ) throws {
    if console < 0 {
      receive?(master, listener)
      return
    }
    defer { close(master) }
    try ConsoleSocket.send(master, name: "/dev/pts/ptmx", over: console, telling: listener)
  }

  /// A named pipe, open in both directions: neither opening nor writing waits for anyone.
  private static func makePipe(_ path: String, _ listener: KernelCallListener) throws(Failure) -> CInt {
    let made = mkfifo(path, 0o600)
    listener.tell(.mknodat(.current, path, mode: S_IFIFO | 0o600, device: 0), made < 0 ? -errno : 0)
    if made != 0 { throw Failure("make pipe", path, errno: errno) }
    let flags = O_RDWR | O_CLOEXEC
    let descriptor = open(path, flags)
    listener.tell(.openat(.current, path, UInt64(flags)), descriptor < 0 ? -errno : descriptor)
    if descriptor < 0 { throw Failure("open", path, errno: errno) }
    return descriptor
  }
}
