import Glibc

/// A moment until which to wait, in the kernel's monotonic time.
struct CgroupDeadline {
  private let end: Int64

  /// - Parameter milliseconds: from now.
  init(in milliseconds: Int) { end = Self.now() + Int64(milliseconds) }

  /// What is left, in whole milliseconds as poll(2) takes them; 0 when it has passed.
  var milliseconds: CInt { CInt(clamping: max(0, end - Self.now())) }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

extension Cgroup {
  /// Waits until `cgroup.events` contains a line. The corresponding C function is `poll`.
  ///
  /// Returns false when the deadline passes; a cgroup that is gone counts as empty and not frozen.
  static func wait(for line: String, in folder: String, until deadline: CgroupDeadline) throws -> Bool {
    let path = folder + "/cgroup.events"
    let descriptor = CgroupFile.openRetrying(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return line.hasSuffix(" 0") }
      throw Failure("open", path, errno: errno)
    }
    let events = OwnedFD(descriptor)
    while true {
      // Reading arms the next notification, so nothing is missed between the two calls.
      do {
        let holds = try CgroupFile.withBytes(from: events.raw, path) {
          String(decoding: $0, as: UTF8.self).split(separator: "\n").contains { $0 == line }
        }
        if holds { return true }
      } catch let failure as Failure where failure.errno == ENODEV {
        return line.hasSuffix(" 0")
      }
      var poll = pollfd(fd: events.raw, events: Int16(POLLPRI), revents: 0)
      let count = Glibc.poll(&poll, 1, deadline.milliseconds)
      if count == 0 { return false }
      if count < 0, errno != EINTR { throw Failure("wait for a change of", path, errno: errno) }
    }
  }

  /// Waits until no live process is in the cgroup.
  ///
  /// - Parameter deadline: in milliseconds.
  /// - Throws: `Failure` when it passes.
  public func waitUntilEmpty(deadline: Int = 10_000) throws {
    if try !Self.wait(for: "populated 0", in: folder, until: CgroupDeadline(in: deadline)) {
      throw Failure("wait until cgroup", folder, reason: "is empty: processes are left after \(deadline) ms")
    }
  }
}
