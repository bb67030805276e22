import Glibc
import OCISpec
import Runtime

extension StoredContainer {
  /// Starts the container's monitor and has it launch the payload. What comes of it is told on the connection, which
  /// is the caller's.
  ///
  /// - Parameters:
  ///   - attach: what to attach before the payload is launched; nil for nothing.
  ///   - explain: how the launch is to be told; nil for not at all.
  /// - Returns: nil where the container runs already.
  public func launch(
    attach: AttachOptions? = nil, explain: ExplainRequest? = nil,
    windowSize: (rows: UInt16, columns: UInt16)? = nil
  ) throws -> CInt? {
    try roots.prepare()
    let lock = try ContainerFolder(roots, id).lock()
    switch try status(isLocked: true).state {
    case .running, .restarting: return nil
    case .paused:
      throw Failure("cannot start a paused container", name, hint: "unpause it")
    case .created, .exited, .dead, .removing: break
    }
    let connection = try startMonitor(lock: lock.raw)
    let socket = PacketSocket(OwnedFD(dup(connection)))
    if let attach { socket.send(.attach(attach)) }
    if let windowSize { socket.send(.resize(rows: windowSize.rows, columns: windowSize.columns)) }
    socket.send(.go(explain))
    return connection
  }

  /// - Parameter lock: the container's; the monitor keeps it until the payload runs.
  /// - Returns: the connection, which is the caller's.
  private func startMonitor(lock: CInt) throws(Failure) -> CInt {
    let (ours, theirs) = try PacketSocket.pair()
    defer { close(theirs) }
    let arguments = ["swiftainer-monitor", roots.data, roots.run, id, "\(theirs)", "\(lock)"]
    do {
      try MonitorProcess.start(Companion.path(of: "swiftainer-monitor"), arguments, keeping: [theirs, lock])
    } catch {
      close(ours)
      throw error
    }
    return ours
  }

  /// Starts the container and returns once its payload runs.
  public func start() throws {
    guard let connection = try launch() else { return }
    let socket = PacketSocket(OwnedFD(connection))
    while true {
      switch try socket.receive() {
      case .message(.launched): return
      case .message(.failed(let code, let text)): throw LaunchFailure(code: code, text: text)
      case .message, .nothing: continue
      case .end: throw Failure("start container \(name)", reason: "its monitor ended before the payload ran")
      }
    }
  }
}

/// A launch that failed in the monitor, with the code that a shell gives for it.
public struct LaunchFailure: Error, CustomStringConvertible {
  public let code: Int32
  public let text: String

  public init(code: Int32, text: String) {
    self.code = code
    self.text = text
  }

  public var description: String { text }
}
