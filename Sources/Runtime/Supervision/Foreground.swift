import CShim
import Glibc

/// Stays in front of a payload until it ends: passes signals on, and, with a terminal of its own, carries bytes
/// and window sizes between it and the person's.
public struct Foreground: ~Copyable {
  private let process: LaunchedProcess
  /// The master of the container's terminal, -1 for none.
  private var master: CInt
  /// The container's side, held open so that the terminal outlives whoever closes it inside: it would hang up
  /// for good otherwise, and again and again.
  private let peer: CInt
  private let person: Terminal?
  private let signals: OwnedFD
  private var input: Bool
  private let passesSignals: Bool
  private var keys: DetachWatch
  /// Closed at its other end when the person is gone; -1 for none.
  private var front: CInt

  /// How it ends that somebody stays in front.
  public enum Outcome: Equatable, Sendable {
    /// The payload has ended, with this wait status.
    case ended(CInt)
    /// The person has typed the keys that leave it running.
    case detached
    /// The person is gone.
    case abandoned
  }

  /// Signals must have been blocked before the launch (`SignalSet.blockAll`), so that none is lost. Owns the
  /// master from now on.
  ///
  /// - Parameters:
  ///   - interactive: without, keys stay with the person's own terminal.
  ///   - passesSignals: without, only the window's size is told to the payload.
  ///   - detachKeys: what to type to leave; empty for nothing.
  ///   - front: a descriptor whose other end is closed when the person is gone; it stays the caller's.
  public init(
    _ process: LaunchedProcess, master: CInt = -1, interactive: Bool = true, passesSignals: Bool = true,
    detachKeys: [UInt8] = [], front: CInt = -1
  ) throws(Failure) {
    input = interactive
    self.passesSignals = passesSignals
    keys = DetachWatch(detachKeys)
    self.front = front
    self.process = process
    self.master = master
    signals = try SignalSet.descriptor()
    let getPeer: UInt = 0x5441  // TIOCGPTPEER
    peer =
      master >= 0
      ? shim_ioctl(master, getPeer, UnsafeMutableRawPointer(bitPattern: Int(O_RDWR | O_NOCTTY | O_CLOEXEC)))
      : -1
    person = master >= 0 ? Terminal(STDIN_FILENO) : nil
    if master >= 0 {
      _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
      if interactive { person?.makeRaw() }
      resize()
    }
  }

  deinit {
    for descriptor in [master, peer] where descriptor >= 0 { close(descriptor) }
  }

  /// Returns the payload's wait status. Other children that have ended are reaped on the way.
  public mutating func wait() throws(Failure) -> CInt {
    guard case .ended(let status) = try stay() else { return 0 }
    return status
  }

  /// Stays until the payload ends, or the person leaves.
  public mutating func stay() throws(Failure) -> Outcome {
    while true {
      var polled = [
        pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals.raw, events: Int16(POLLIN), revents: 0),
        pollfd(fd: master, events: Int16(POLLIN), revents: 0),
        pollfd(fd: master >= 0 && input ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: front, events: 0, revents: 0),
      ]
      if poll(&polled, nfds_t(polled.count), -1) < 0 {
        if errno == EINTR { continue }
        throw Failure("wait for the container", errno: errno)
      }
      if polled[1].revents != 0 { passSignals() }
      if polled[2].revents != 0 { passOutput() }
      if polled[3].revents != 0, passInput() {
        person?.restore()
        return .detached
      }
      if polled[0].revents != 0 {
        // A closed terminal is not the end of its data: what was written is still read.
        if master >= 0 { passRest() }
        person?.restore()
        return .ended(process.wait() ?? 0)
      }
      if polled[4].revents != 0 {
        person?.restore()
        return .abandoned
      }
    }
  }

  /// Keeps the terminal open that nobody looks at, so that the payload can go on, and returns its wait status.
  public mutating func waitUnseen() throws(Failure) -> CInt {
    input = false
    front = -1
    StandardDescriptors.makeNull()
    while true {
      if case .ended(let status) = try stay() { return status }
    }
  }

  private func passSignals() {
    while let signal = SignalSet.next(signals.raw) {
      switch signal {
      case SIGCHLD: reapOthers()
      case SIGWINCH where master >= 0: resize()
      // Said of our own terminal or pipes, not to the container.
      case SIGPIPE, SIGTTIN, SIGTTOU: break
      default: if passesSignals { process.signal(signal) }
      }
    }
  }

  /// As a subreaper this process inherits what the payload leaves behind.
  private func reapOthers() {
    var info = siginfo_t()
    while true {
      info = siginfo_t()
      // Looked at before it is taken: the payload's own status is for `wait`.
      guard waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return }
      let pid = info._sifields._sigchld.si_pid
      if pid == 0 || pid == process.pid { return }
      var status: CInt = 0
      waitpid(pid, &status, WNOHANG)
    }
  }

  private func resize() {
    if let size = Terminal.size(of: STDIN_FILENO) { Terminal.setSize(size, of: master) }
  }

  /// Reads once what was written. A payload that writes faster than the person's terminal takes it would have no end:
  /// keys and signals have their turn in between.
  ///
  /// - Returns: how many bytes it were; 0 where there is nothing.
  @discardableResult
  private func passOutput() -> Int {
    withUnsafeTemporaryAllocation(byteCount: 32 << 10, alignment: 8) { buffer in
      var got = 0
      repeat { got = read(master, buffer.baseAddress, buffer.count) } while got < 0 && errno == EINTR
      // EIO: nobody has the other side open at the moment.
      if got <= 0 { return 0 }
      StandardDescriptors.pass(UnsafeRawBufferPointer(rebasing: buffer[..<got]), to: STDOUT_FILENO)
      return got
    }
  }

  /// Reads what the payload has written before it ended: a terminal holds less than 64 KiB. What it has left behind
  /// may write on for ever.
  private func passRest() {
    var passed = 0
    while passed < 64 << 10 {
      let got = passOutput()
      if got == 0 { return }
      passed += got
    }
  }

  /// Returns whether the person leaves.
  private mutating func passInput() -> Bool {
    var got = 0
    var typed = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      got = read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      count = max(0, got)
    }
    if got > 0 {
      let leaves = keys.leaves(&typed)
      _ = typed.withUnsafeBytes { StandardDescriptors.pass($0, to: master) }
      return leaves
    }
    if got == 0 {
      // The end of a file: told as a terminal tells it, once.
      input = false
      let endOfFile: [UInt8] = [4]
      _ = endOfFile.withUnsafeBytes { StandardDescriptors.pass($0, to: master) }
    } else if errno != EINTR && errno != EAGAIN {
      input = false
    }
    return false
  }
}
