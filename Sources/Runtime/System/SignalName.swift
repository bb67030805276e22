import Glibc

/// Names of signals: `TERM`, `SIGTERM` or `15`.
public enum SignalName {
  private static let names: [String: CInt] = [
    "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT,
    "IOT": SIGABRT,
    "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2,
    "PIPE": SIGPIPE,
    "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": 16, "CHLD": SIGCHLD, "CLD": SIGCHLD, "CONT": SIGCONT,
    "STOP": SIGSTOP,
    "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG, "XCPU": SIGXCPU, "XFSZ": SIGXFSZ,
    "VTALRM": SIGVTALRM, "PROF": SIGPROF, "WINCH": SIGWINCH, "IO": SIGIO, "POLL": SIGIO, "PWR": SIGPWR,
    "SYS": SIGSYS,
  ]

  /// The signal's number; nil where there is no such signal.
  public static func number(_ text: String) -> CInt? {
    if let number = CInt(text) { return (0...64).contains(number) ? number : nil }
    var name = text.uppercased()
    if name.hasPrefix("SIG") { name.removeFirst(3) }
    if let number = names[name] { return number }
    // Real-time signals count from either end: RTMIN+3, RTMAX-1.
    let (minimum, maximum): (CInt, CInt) = (34, 64)
    if name == "RTMIN" { return minimum }
    if name == "RTMAX" { return maximum }
    if name.hasPrefix("RTMIN+"), let offset = CInt(name.dropFirst(6)), (0...30).contains(offset) {
      return minimum + offset
    }
    if name.hasPrefix("RTMAX-"), let offset = CInt(name.dropFirst(6)), (0...30).contains(offset) {
      return maximum - offset
    }
    return nil
  }
}
