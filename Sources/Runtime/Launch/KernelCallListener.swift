import Glibc

/// Who is told of the kernel calls that the runtime itself makes. Usually nobody: then no call is put into words.
public struct KernelCallListener {
  private let listen: ((KernelCall) -> Void)?

  public static var nobody: KernelCallListener { KernelCallListener(nil) }

  public init(_ listen: ((KernelCall) -> Void)?) { self.listen = listen }

  /// Tells of a call that was made. `errno` is left as it was.
  ///
  /// - Parameter result: what the kernel returned, or minus the error number.
  public func tell(_ call: @autoclosure () -> KernelCall, _ result: some BinaryInteger) {
    guard let listen else { return }
    let code = errno
    listen(call().returning(result))
    errno = code
  }
}
