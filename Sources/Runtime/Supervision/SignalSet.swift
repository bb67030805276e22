import CShim
import Glibc

/// Signals as events: blocked, and read from a descriptor.
public enum SignalSet {
  /// Blocks every signal that can be; returns the mask that was in force.
  @discardableResult
  public static func blockAll() -> sigset_t {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // Faults of our own must end us, not hang us.
    for fault in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT] { sigdelset(&all, fault) }
    sigprocmask(SIG_BLOCK, &all, &before)
    return before
  }

  public static func block(_ signals: [CInt]) {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals { sigaddset(&set, signal) }
    sigprocmask(SIG_BLOCK, &set, nil)
  }

  public static func restore(_ mask: sigset_t) {
    var mask = mask
    sigprocmask(SIG_SETMASK, &mask, nil)
  }

  /// A descriptor that yields the blocked signals. The corresponding C function is `signalfd`.
  static func descriptor() throws(Failure) -> OwnedFD {
    let descriptor = shim_signal_descriptor()
    if descriptor < 0 { throw Failure("listen for signals", errno: -descriptor) }
    return OwnedFD(descriptor)
  }

  /// The next pending signal's number; nil where none is pending.
  static func next(_ descriptor: CInt) -> CInt? {
    let signal = shim_next_signal(descriptor)
    return signal > 0 ? signal : nil
  }
}
