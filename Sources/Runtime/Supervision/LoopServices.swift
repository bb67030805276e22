/// The services of a loop, and which of its descriptors are whose.
struct LoopServices {
  private var services: [any LoopService] = []
  private var owners: [CInt: any LoopService] = [:]

  var deadline: UInt64? { services.compactMap(\.deadline).min() }

  /// Those that stay keep what they have.
  mutating func replace(by services: [any LoopService], _ poller: borrowing Poller) {
    for old in self.services where !services.contains(where: { $0 === old }) { forget(old, poller) }
    self.services = services
    for service in services { watch(service, poller) }
  }

  mutating func ready(_ descriptor: CInt, _ events: Poller.Events, _ poller: borrowing Poller) {
    guard let owner = owners[descriptor] else { return }
    owner.ready(descriptor, events)
    watch(owner, poller)
  }

  mutating func passTime(_ now: UInt64, _ poller: borrowing Poller) {
    for service in services {
      guard let deadline = service.deadline, deadline <= now else { continue }
      service.passTime(now)
      watch(service, poller)
    }
  }

  private mutating func watch(_ service: any LoopService, _ poller: borrowing Poller) {
    let watched = service.watched
    for (descriptor, owner) in owners
    where owner === service && !watched.contains(where: { $0.descriptor == descriptor }) {
      poller.forget(descriptor)
      owners[descriptor] = nil
    }
    for (descriptor, events) in watched {
      poller.watch(descriptor, events)
      owners[descriptor] = service
    }
  }

  private mutating func forget(_ service: any LoopService, _ poller: borrowing Poller) {
    for (descriptor, owner) in owners where owner === service {
      poller.forget(descriptor)
      owners[descriptor] = nil
    }
  }
}
