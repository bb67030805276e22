import Glibc
import NIOConcurrencyHelpers

/// Holds up a fake server's answer until a test lets it go.
final class Held: Sendable {
  private let condition = ConditionLock(value: 0)

  /// Waits to be released; on the server's thread.
  func wait() {
    // It may be released already, where nobody has waited for this.
    if condition.lock(whenValue: 0, timeoutSeconds: 0) { condition.unlock(withValue: 1) }
    condition.lock(whenValue: 2)
    condition.unlock()
  }

  /// Until somebody waits.
  func untilWaiting() async {
    while condition.value == 0 { await Task.yield() }
  }

  func release() {
    condition.lock()
    condition.unlock(withValue: 2)
  }
}
