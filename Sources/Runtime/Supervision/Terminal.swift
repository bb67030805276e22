import CShim
import Glibc

/// The terminal a person sits at, put into raw mode for as long as this lives.
public final class Terminal {
  public let descriptor: CInt
  private var saved = termios()

  /// Nil where the descriptor is no terminal.
  public init?(_ descriptor: CInt) {
    self.descriptor = descriptor
    guard tcgetattr(descriptor, &saved) == 0 else { return nil }
  }

  deinit { restore() }

  /// From now on each key goes to the container, ^C and ^Z as well.
  public func makeRaw() {
    var raw = saved
    cfmakeraw(&raw)
    tcsetattr(descriptor, TCSADRAIN, &raw)
  }

  /// The terminal as it was found.
  public func restore() { tcsetattr(descriptor, TCSADRAIN, &saved) }

  /// Rows and columns; nil where the descriptor is no terminal.
  public static func size(of descriptor: CInt) -> winsize? {
    var size = winsize()
    return shim_ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
  }

  /// The kernel tells the processes behind it (SIGWINCH).
  public static func setSize(
    _ size: winsize, of descriptor: CInt, telling listener: KernelCallListener = .nobody
  ) {
    var size = size
    let result = shim_ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    listener.tell(.resizeTerminal(.number(descriptor), size), result)
  }
}
