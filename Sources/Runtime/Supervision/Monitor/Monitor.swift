import CShim
import Glibc

/// The one process that stays with a container: launches its payload, owns its streams and its log, knows how it
/// ended, and starts it again where that is wanted. One thread, one loop; it ends with its container.
public final class Monitor {
  enum Phase {
    /// Nobody has said `go` yet.
    case idle
    case running
    /// The policy starts it again at that moment.
    case waiting(until: UInt64)
    case ended
  }

  let id: String
  let store: ContainerStore
  /// The container's lasting folder.
  let folder: String
  let delegate: MonitorDelegate
  let poller: Poller
  let log: ContainerLog
  private let listener: OwnedFD
  var listenerDescriptor: CInt { listener.raw }
  private let signals: OwnedFD
  /// Held until the launch is over: whoever else wants to start or remove the container waits for it.
  var startLock: OwnedFD?

  var supervision: Supervision
  var status: ContainerStatus
  var phase = Phase.idle
  var clients: [CInt: MonitorClient] = [:]
  var payload: Payload?
  var delay = RestartDelay()
  /// Rows and columns that a client told before there was a terminal.
  var windowSize: (rows: UInt16, columns: UInt16)?
  /// The payload is ended on somebody's wish: when KILL follows.
  var killDeadline: UInt64?
  var isStopping = false
  /// It is started again once it has ended.
  var restartsByHand = false
  var probe: RunningProbe?
  var nextProbe: UInt64?
  /// What works in this loop for the container's sake, such as the server of its names.
  var services = LoopServices()
  /// Bytes for the clients, with room for a message's letter before them.
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: MonitorMessage.chunk + 1, alignment: 16)

  /// - Parameters:
  ///   - socket: where to listen.
  ///   - starter: the connection of who has started this process.
  public init(
    id: String, store: ContainerStore, folder: String, socket: String, starter: consuming PacketSocket,
    startLock: consuming OwnedFD?, delegate: MonitorDelegate
  ) throws {
    self.id = id
    self.store = store
    self.folder = folder
    self.delegate = delegate
    self.startLock = startLock
    poller = try Poller()
    SignalSet.blockAll()
    signals = try SignalSet.descriptor()
    log = try delegate.openLog()
    supervision = try delegate.supervision()
    status = (try? ContainerStatus.read(folder)) ?? ContainerStatus()
    listener = try SocketFile.listen(socket)
    poller.watch(listener.raw, .input)
    poller.watch(signals.raw, .input)
    if log.descriptor >= 0 { poller.watch(log.descriptor, .input) }
    let client = MonitorClient(starter)
    client.starts = true
    clients[client.raw] = client
    poller.watch(client.raw, .input)
  }

  deinit { buffer.deallocate() }

  /// Works until the container has ended for good.
  public func run() throws(Failure) {
    while true {
      if case .ended = phase { break }
      for (descriptor, events) in try poller.wait(until: deadline) { handle(descriptor, events) }
      passTime()
      dropClosedClients()
      // Whoever started us is gone without a word: there is nothing to do.
      if case .idle = phase, clients.isEmpty { break }
    }
    flushClients()
    // Messages may be on their way to a log's server still.
    if !log.drain(for: 3_000_000_000), !supervision.removesItself { record() }
  }

  private var deadline: UInt64? {
    var moments = [killDeadline, nextProbe, probe?.deadline, services.deadline]
    if let restartMoment { moments.append(restartMoment) }
    return moments.compactMap { $0 }.min()
  }

  /// When a restart is due that nobody holds back.
  private var restartMoment: UInt64? {
    if case .waiting(let moment) = phase, !isHeld { moment } else { nil }
  }

  private func handle(_ descriptor: CInt, _ events: Poller.Events) {
    switch descriptor {
    case listener.raw: acceptClients()
    case signals.raw: takeSignals()
    case log.descriptor:
      log.ready()
      watchOutput()
    case payload?.process.pidfd: payloadEnded()
    case payload?.streams.input where events.isDisjoint(with: [.input, .hangup]): passInput()
    case payload?.streams.output: passOutput(descriptor, isError: false)
    case payload?.streams.errorOutput: passOutput(descriptor, isError: true)
    case payload?.streams.input: passInput()
    case payload?.memory.descriptor: noticeOutOfMemory()
    case probe?.process.pidfd, probe?.output: probeIsReady(descriptor)
    default:
      if let client = clients[descriptor] {
        serve(client, events)
      } else {
        services.ready(descriptor, events, poller)
      }
    }
  }

  private func passTime() {
    let now = Clock.monotonicNanoseconds()
    if let moment = killDeadline, moment <= now {
      killDeadline = nil
      killPayload()
    }
    if let restartMoment, restartMoment <= now { relaunch() }
    passProbeTime(now)
    services.passTime(now, poller)
  }

  private func takeSignals() {
    while let signal = SignalSet.next(signals.raw) {
      // The machine goes down, or somebody wants this process to end: then the payload ends in good order, but
      // nobody has stopped it by hand.
      if signal == SIGTERM || signal == SIGINT { stop(signal: nil, timeout: nil, byHand: false, for: nil) }
    }
  }

  /// Writes down what has become of the container. Where that fails, it goes on all the same.
  func record() {
    status.lostLogLines = log.loss.lines
    try? status.write(folder)
  }
}
