import CShim
import Glibc

/// Waits for many descriptors at once. Level-triggered: what is not read is told again.
/// The corresponding C functions are `epoll_create1`, `epoll_ctl` and `epoll_wait`.
package struct Poller: ~Copyable {
  private let descriptor: OwnedFD

  /// A descriptor that another poller can watch: it has input when something has happened here.
  package var raw: CInt { descriptor.raw }

  package struct Events: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let input = Events(rawValue: 0x001)
    package static let priority = Events(rawValue: 0x002)
    package static let output = Events(rawValue: 0x004)
    /// The other end is closed, or the descriptor is broken; told unasked.
    package static let error = Events(rawValue: 0x008)
    package static let hangup = Events(rawValue: 0x010)
  }

  package init() throws(Failure) {
    let made = shim_queue_make()
    if made < 0 { throw Failure("make an event queue", errno: -made) }
    descriptor = OwnedFD(made)
  }

  /// Watches a descriptor, or changes what is watched of it. Its number is what `wait` gives back.
  package func watch(_ watched: CInt, _ events: Events) {
    _ = shim_queue_watch(descriptor.raw, watched, events.rawValue)
  }

  /// Watches it no more. To be called before it is closed: a copy elsewhere would keep it in the queue.
  package func forget(_ watched: CInt) { _ = shim_queue_forget(descriptor.raw, watched) }

  /// Waits until something can be done or a moment has come, whichever is first.
  ///
  /// - Parameter deadline: by `Clock.monotonicNanoseconds`; nil waits for ever.
  package func wait(until deadline: UInt64?) throws(Failure) -> [(descriptor: CInt, events: Events)] {
    var timeout: CInt = -1
    if let deadline {
      let now = Clock.monotonicNanoseconds()
      // Rounded up: a wait that ends too early would be repeated in vain.
      timeout = deadline <= now ? 0 : CInt(clamping: (deadline - now + 999_999) / 1_000_000)
    }
    var ready: [(descriptor: CInt, events: Events)] = []
    var count: CInt = 0
    withUnsafeTemporaryAllocation(of: shim_event.self, capacity: 16) { buffer in
      count = shim_queue_wait(descriptor.raw, buffer.baseAddress!, 16, timeout)
      for event in buffer.prefix(Int(max(0, count))) {
        ready.append((event.descriptor, Events(rawValue: event.events)))
      }
    }
    if count < 0 && count != -EINTR { throw Failure("wait for events", errno: -count) }
    return ready
  }
}
