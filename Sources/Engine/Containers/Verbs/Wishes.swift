import Glibc
import OCISpec
import Runtime

extension StoredContainer {
  /// Why a wish for a running container cannot be fulfilled.
  private var notRunning: Failure { Failure("container \(id) is not running") }

  /// Connects to the monitor; nil where none lives.
  func connect() throws(Failure) -> CInt? {
    do {
      return try SocketFile.open(roots.socket(of: id))
    } catch  where error.errno == ENOENT || error.errno == ECONNREFUSED {
      return nil
    }
  }

  /// Tells the monitor a wish and waits for what it says to it.
  ///
  /// - Returns: false where no monitor lives, or it ended meanwhile.
  @discardableResult
  private func wish(_ message: MonitorMessage) throws -> Bool {
    guard let connection = try connect() else { return false }
    return try Self.wish(message, PacketSocket(OwnedFD(connection)))
  }

  private static func wish(_ message: MonitorMessage, _ socket: borrowing PacketSocket) throws -> Bool {
    guard case .done = socket.send(message) else { return false }
    while true {
      switch try socket.receive() {
      case .message(.done): return true
      case .message(.refused(let text)): throw Failure(text)
      case .message, .nothing: continue
      case .end: return false
      }
    }
  }

  /// Ends the payload in good order. A container that does not run stays as it is.
  ///
  /// - Parameters:
  ///   - signal: nil for the container's own.
  ///   - timeout: seconds until KILL, -1 for ever, nil for the container's own.
  ///   - byHand: no policy starts it again.
  public func stop(signal: CInt? = nil, timeout: Int32? = nil, byHand: Bool = true) throws {
    try wish(.stop(signal: signal, timeout: timeout, byHand: byHand))
  }

  /// Ends the payload and launches it anew; one that does not run is started.
  public func restart(signal: CInt? = nil, timeout: Int32? = nil) throws {
    if try !wish(.restart(signal: signal, timeout: timeout)) { try start() }
  }

  public func kill(_ signal: CInt) throws {
    if try !wish(.signal(signal)) { throw notRunning }
  }

  public func pause() throws {
    if try !wish(.pause) { throw notRunning }
  }

  public func unpause() throws {
    if try !wish(.unpause) { throw notRunning }
  }

  /// Stops the payload where it stands for as long as something takes, and no longer than this process lives. One that
  /// is paused stays so, and one that does not run is left alone.
  public func standingStill<Result>(_ body: () throws -> Result) throws -> Result {
    guard let connection = try connect() else { return try body() }
    let socket = PacketSocket(OwnedFD(connection))
    let isHeld = try Self.wish(.hold, socket)
    defer { if isHeld { _ = try? Self.wish(.release, socket) } }
    return try body()
  }

  /// The options have changed.
  func tellOfChange() throws { try wish(.reload) }

  /// Waits for the payload's next end, and returns its exit code: at once where none runs.
  public func wait() throws -> Int32 {
    if let connection = try connect() {
      let socket = PacketSocket(OwnedFD(connection))
      socket.send(.wait)
      while true {
        switch try socket.receive() {
        case .message(.ended(let code, _)): return code
        case .message, .nothing: continue
        case .end: return try status().exitCode
        }
      }
    }
    if !Files.exists(folder) { throw Containers.missing(name) }
    return try status().exitCode
  }

  /// Connects to the payload's streams.
  ///
  /// - Returns: the connection, which is the caller's.
  public func attach(_ options: AttachOptions) throws -> CInt {
    let status = try status()
    if status.state == .paused {
      throw Failure("You cannot attach to a paused container, unpause it first")
    }
    guard status.state == .running, let connection = try connect() else {
      throw Failure("You cannot attach to a stopped container, start it first")
    }
    let socket = PacketSocket(OwnedFD(dup(connection)))
    socket.send(.attach(options))
    return connection
  }
}
