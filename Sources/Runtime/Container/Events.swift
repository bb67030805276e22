import Glibc

/// What `events` tells of.
public enum ContainerEvent: Sendable, Equatable {
  /// What the container uses at the moment.
  case stats(CgroupStats)
  /// The kernel found no more memory within the container's limit.
  case outOfMemory
}

extension Container {
  /// What the container uses now.
  public func stats() throws -> CgroupStats {
    guard try status() != .stopped else { throw notRunning("read the statistics of container \(id)") }
    return try watchedCgroup().stats()
  }

  /// Tells of the container's events as they happen, and of its statistics once every interval, until its first
  /// process has ended.
  ///
  /// - Parameter interval: in nanoseconds, more than 0.
  public func watch(every interval: UInt64, _ tell: (ContainerEvent) throws -> Void) throws {
    guard let process = record.process.open() else { throw notRunning("watch container \(id)") }
    defer { close(process.pidfd) }
    let cgroup = try watchedCgroup()
    var memory = try MemoryWatch(cgroup)
    var next = Clock.monotonicNanoseconds() + interval
    while true {
      let now = Clock.monotonicNanoseconds()
      let left = next > now ? next - now : 0
      var polled = [
        pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: memory.descriptor, events: memory.pollEvents, revents: 0),
      ]
      // Rounded up: a wait of 0 ms before the time has come would be a busy loop.
      if poll(&polled, 2, CInt(clamping: (left + 999_999) / 1_000_000)) < 0, errno != EINTR {
        throw Failure("wait for events of container \(id)", errno: errno)
      }
      // Also when the process has ended: the want of memory may be why.
      for _ in 0..<(try memory.take()) { try tell(.outOfMemory) }
      if polled[0].revents != 0 { return }
      guard Clock.monotonicNanoseconds() >= next else { continue }
      try tell(.stats(cgroup.stats()))
      // Where telling took longer than an interval, the missed ones are left out.
      next = max(next + interval, Clock.monotonicNanoseconds())
      // On a hybrid, an update may have put the container into a memory cgroup meanwhile.
      if memory.descriptor < 0 { memory = try MemoryWatch(cgroup) }
    }
  }

  private func watchedCgroup() throws -> Cgroup {
    guard let cgroup = try cgroup()?.completed() else {
      throw Failure("watch container \(id)", reason: "it has no cgroup")
    }
    return cgroup
  }

  private func notRunning(_ operation: String) -> Failure {
    Failure(operation, reason: "container not running")
  }
}
