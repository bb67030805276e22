import Glibc
import Runtime

/// A thread that does one thing. It gets no signals: those are for the thread that expects them.
final class Thread: @unchecked Sendable {
  private var thread = pthread_t()
  private var isJoined = false

  private final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// The corresponding C function is `pthread_create`.
  init(_ body: @escaping @Sendable () -> Void) throws(Failure) {
    let work = Unmanaged.passRetained(Work(body))
    var all = sigset_t()
    var former = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &former)
    let failed = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    pthread_sigmask(SIG_SETMASK, &former, nil)
    if failed != 0 {
      work.release()
      isJoined = true
      throw Failure("start a thread", errno: failed)
    }
  }

  /// Waits for its end. The corresponding C function is `pthread_join`.
  func join() {
    if isJoined { return }
    isJoined = true
    pthread_join(thread, nil)
  }

  deinit { if !isJoined { pthread_detach(thread) } }
}
