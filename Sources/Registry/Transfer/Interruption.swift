import CShim
import Glibc
import NIOConcurrencyHelpers
import Runtime

/// Ends work when the person at the terminal wants it, so that what it has made half can be cleared away.
public enum Interruption {
  /// A signal has ended the work.
  public struct Ended: Error, Equatable, Sendable {
    public var signal: CInt
    /// What the program exits with, as shells say it.
    public var exitCode: CInt { 128 + signal }
  }

  /// Runs a function whose task is cancelled by SIGINT, SIGTERM or SIGHUP, but for those that are ignored. A second such
  /// signal ends the process at once. Not to be used twice at a time.
  public static func watching<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let work = Task { try await body() }
    let watch = try Watch { work.cancel() }
    defer { watch.end() }
    do {
      return try await work.value
    } catch {
      if let signal = watch.signal { throw Ended(signal: signal) }
      throw error
    }
  }

  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// A thread that hears of signals through a pipe. They cannot just be blocked and waited for: the thread that waits for
  /// the end of an asynchronous `main` lets all of them through.
  private final class Watch: Sendable {
    private let seen = NIOLockedValueBox<CInt?>(nil)
    private let before: [(signal: CInt, action: sigaction)]
    private let writer: CInt
    private let reader: CInt
    private let cancel: @Sendable () -> Void

    var signal: CInt? { seen.withLockedValue { $0 } }

    init(_ cancel: @escaping @Sendable () -> Void) throws(Failure) {
      var ends: [CInt] = [-1, -1]
      let piped = shim_pipe(&ends)
      if piped < 0 { throw Failure("make a pipe", errno: -piped) }
      (reader, writer) = (ends[0], ends[1])
      self.cancel = cancel
      signalPipe = writer
      before = Interruption.signals.map { signal in
        var action = sigaction()
        var old = sigaction()
        action.__sigaction_handler.sa_handler = forward
        action.sa_flags = SA_RESTART
        sigaction(signal, nil, &old)
        // Whoever has started us so wants it to go on.
        let isIgnored = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1
        if !isIgnored { sigaction(signal, &action, nil) }
        return (signal, old)
      }
      var thread = pthread_t()
      let own = Unmanaged.passRetained(self)
      let made = pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<Watch>.fromOpaque(argument!).takeRetainedValue().loop()
          return nil
        }, own.toOpaque())
      if made != 0 {
        own.release()
        restore()
        throw Failure("start a thread", errno: made)
      }
      pthread_detach(thread)
    }

    deinit {
      close(reader)
      close(writer)
    }

    private func restore() {
      for (signal, action) in before {
        var action = action
        sigaction(signal, &action, nil)
      }
    }

    func end() {
      restore()
      forward(0)
    }

    private func loop() {
      // Whatever the others have blocked, there is one who hears them.
      var heard = sigset_t()
      sigemptyset(&heard)
      for signal in Interruption.signals { sigaddset(&heard, signal) }
      pthread_sigmask(SIG_UNBLOCK, &heard, nil)
      while true {
        var byte: UInt8 = 0
        let count = read(reader, &byte, 1)
        if count < 0 && errno == EINTR { continue }
        if count != 1 || byte == 0 { return }
        let isSecond = seen.withLockedValue { seen in
          if seen != nil { return true }
          seen = CInt(byte)
          return false
        }
        if isSecond { _exit(128 + CInt(byte)) }
        cancel()
      }
    }
  }
}

/// Where the handler of signals writes to.
private nonisolated(unsafe) var signalPipe: CInt = -1

/// Between any two instructions of any thread: nothing but a call of the kernel is allowed.
private func forward(_ signal: CInt) {
  let code = errno
  var byte = UInt8(truncatingIfNeeded: signal)
  _ = write(signalPipe, &byte, 1)
  errno = code
}
