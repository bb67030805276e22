/// One client of a monitor.
final class MonitorClient {
  let socket: PacketSocket
  /// What it has attached; nil where it has not.
  var attached: AttachOptions?
  /// Packets that its socket had no room for.
  private(set) var pending: [[UInt8]] = []
  var awaitsEnd = false
  /// It is told when the payload has ended by its wish.
  var awaitsStop = false
  /// It is told when the payload has been launched anew.
  var awaitsRestart = false
  /// It has started the container: it is told of the launch.
  var starts = false
  /// The payload stands still for it, and goes on without it.
  var holds = false
  var isClosed = false

  init(_ socket: consuming PacketSocket) { self.socket = socket }

  var raw: CInt { socket.raw }

  func tell(_ message: MonitorMessage) { send(message.bytes) }

  /// Sends a packet, or keeps it until there is room.
  func send(_ packet: @autoclosure () -> [UInt8]) {
    if isClosed { return }
    if pending.isEmpty {
      switch socket.send(packet(), waits: false) {
      case .done: return
      case .full: break
      case .closed:
        isClosed = true
        return
      }
    }
    pending.append(packet())
  }

  /// Sends what was kept, as far as there is room.
  func flush() {
    while let packet = pending.first {
      switch socket.send(packet, waits: false) {
      case .done: pending.removeFirst()
      case .full: return
      case .closed:
        isClosed = true
        pending = []
      }
    }
  }
}
