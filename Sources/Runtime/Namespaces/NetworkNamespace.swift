import CShim
import Glibc

/// A network namespace that is not this process's own.
package struct NetworkNamespace: ~Copyable {
  private let own: OwnedFD
  private let theirs: OwnedFD

  /// A descriptor of it.
  package var raw: CInt { theirs.raw }

  /// The namespace of a process.
  ///
  /// - Throws: `Failure` naming the file in /proc.
  package init(of pid: Int32, telling listener: KernelCallListener = .nobody) throws(Failure) {
    let own = try Self.open("/proc/thread-self/ns/net", listener)
    let theirs = try Self.open("/proc/\(pid)/ns/net", listener)
    self.init(own: own, theirs: theirs)
  }

  private init(own: consuming OwnedFD, theirs: consuming OwnedFD) {
    self.own = own
    self.theirs = theirs
  }

  private static func open(_ path: String, _ listener: KernelCallListener) throws(Failure) -> OwnedFD {
    let file = try Files.open(path, O_RDONLY)
    listener.tell(.openat(.current, path, UInt64(O_RDONLY | O_CLOEXEC)), file.raw)
    return file
  }

  /// Whether it is not the one this process is in.
  package var isForeign: Bool {
    var (one, other) = (stat(), stat())
    guard fstat(own.raw, &one) == 0, fstat(theirs.raw, &other) == 0 else { return false }
    return one.st_dev != other.st_dev || one.st_ino != other.st_ino
  }

  /// Does something in the namespace: sockets belong for good to the one in which they were opened. The process must
  /// have one thread.
  package func visit<Result: ~Copyable>(
    telling listener: KernelCallListener = .nobody, _ body: () throws -> Result
  ) throws -> Result {
    try enter(theirs.raw, "enter the container's network namespace", listener)
    // Before anything else is done: what follows is meant for the host. Where that fails, nothing must follow.
    defer {
      do { try enter(own.raw, "come back from the container's network namespace", listener) } catch {
        fatalError("\(error)")
      }
    }
    return try body()
  }

  private func enter(_ namespace: CInt, _ purpose: String, _ listener: KernelCallListener) throws(Failure) {
    let result = shim_setns(namespace, CInt(NamespaceSet.network.rawValue))
    listener.tell(.setns(.number(namespace), NamespaceSet.network.rawValue), result)
    if result < 0 { throw Failure(purpose, errno: -result) }
  }
}
