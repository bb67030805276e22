import Glibc

/// What a task waits for until another thread has done something, before or after it began to wait.
final class Room: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var isOpen = false
  private var waiting: CheckedContinuation<Void, Never>?

  init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  private func locked(_ body: () -> CheckedContinuation<Void, Never>?) {
    pthread_mutex_lock(mutex)
    let resumed = body()
    pthread_mutex_unlock(mutex)
    resumed?.resume()
  }

  func open() {
    locked {
      isOpen = true
      defer { waiting = nil }
      return waiting
    }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      locked {
        if isOpen { return continuation }
        waiting = continuation
        return nil
      }
    }
  }
}
