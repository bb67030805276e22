import Glibc
import Runtime

extension Containers {
  /// Starts what is to run when the machine has been started.
  ///
  /// - Parameter told: each container that was to be started, and why it was not.
  public func boot(_ told: (StoredContainer, Error?) -> Void) {
    for container in all().reversed() {
      guard let status = try? container.status(), !container.isMonitored,
        container.options.restart.startsAtBoot(status)
      else { continue }
      do {
        try container.start()
        told(container, nil)
      } catch {
        told(container, error)
      }
    }
  }

  /// Stops everything that runs, all at once, as the machine's end wants it: nobody has stopped it by hand.
  ///
  /// - Parameters:
  ///   - timeout: seconds until KILL; nil for each container's own.
  ///   - told: each container that has ended, and why it could not be stopped.
  public func shutdown(timeout: Int32? = nil, _ told: (StoredContainer, Error?) -> Void) {
    var waiting: [(container: StoredContainer, socket: CInt)] = []
    for container in all() {
      guard let socket = try? container.connect() else { continue }
      MonitorLink.tell(socket, .stop(signal: nil, timeout: timeout, byHand: false))
      waiting.append((container, socket))
    }
    for (container, socket) in waiting {
      do {
        try MonitorLink.awaitDone(socket)
        told(container, nil)
      } catch {
        told(container, error)
      }
      close(socket)
    }
  }
}

/// A connection that is one of many.
enum MonitorLink {
  static func tell(_ descriptor: CInt, _ message: MonitorMessage) {
    PacketSocket(OwnedFD(dup(descriptor))).send(message)
  }

  /// Waits until the wish is fulfilled, or the monitor gone.
  static func awaitDone(_ descriptor: CInt) throws {
    let socket = PacketSocket(OwnedFD(dup(descriptor)))
    while true {
      switch try socket.receive() {
      case .message(.done), .end: return
      case .message(.refused(let text)): throw Failure(text)
      case .message, .nothing: continue
      }
    }
  }
}
