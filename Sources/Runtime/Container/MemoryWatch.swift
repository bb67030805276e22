import CShim
import Glibc

/// A descriptor that wakes a poll when the kernel runs out of memory in a cgroup.
struct MemoryWatch: ~Copyable {
  private enum Source {
    /// cgroup v2: a file to read, and how many kills it told of.
    case kills(file: String, told: UInt64)
    /// cgroup v1: a counter, and the file that goes when the cgroup goes.
    case counter(file: String)
  }

  /// -1 where the container is in no memory cgroup.
  let descriptor: CInt
  private var source: Source

  var pollEvents: Int16 {
    if case .kills = source { Int16(POLLPRI) } else { Int16(POLLIN) }
  }

  init(_ cgroup: Cgroup) throws {
    let (descriptor, source) = try Self.open(cgroup)
    self.descriptor = descriptor
    self.source = source
  }

  /// Watches nothing.
  init() {
    descriptor = -1
    source = .counter(file: "")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func open(_ cgroup: Cgroup) throws -> (CInt, Source) {
    if let hierarchy = cgroup.layout.legacyHierarchy(of: .memory) {
      let folder = hierarchy.mountPoint + cgroup.path.text
      return (try legacyCounter(folder), .counter(file: folder + "/cgroup.event_control"))
    }
    let file = cgroup.folder + "/memory.events"
    let descriptor = CgroupFile.openRetrying(file, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT { return (-1, .kills(file: file, told: 0)) }
      throw Failure("open", file, errno: errno)
    }
    do {
      return (descriptor, .kills(file: file, told: try kills(descriptor, file)))
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Source: "OOM Control" in admin-guide/cgroup-v1/memory.rst.
  private static func legacyCounter(_ folder: String) throws -> CInt {
    let control = CgroupFile.openRetrying(folder + "/memory.oom_control", O_RDONLY | O_CLOEXEC)
    if control < 0 {
      if errno == ENOENT { return -1 }
      throw Failure("open", folder + "/memory.oom_control", errno: errno)
    }
    defer { close(control) }
    let counter = shim_event_counter()
    if counter < 0 { throw Failure("make an event counter", errno: -counter) }
    let code = CgroupFile.write("\(counter) \(control)", to: folder + "/cgroup.event_control")
    if code != 0 {
      close(counter)
      throw Failure("listen for", folder + "/memory.oom_control", errno: code)
    }
    return counter
  }

  /// Reading also makes the next poll wait. Source: "memory.events" in admin-guide/cgroup-v2.rst.
  private static func kills(_ descriptor: CInt, _ file: String) throws -> UInt64 {
    try CgroupFile.withBytes(from: descriptor, file) { String(decoding: $0, as: UTF8.self) }
      .split(separator: "\n").first { $0.hasPrefix("oom_kill ") }.flatMap { UInt64($0.dropFirst(9)) } ?? 0
  }

  /// How often memory ran out since the last call.
  mutating func take() throws -> UInt64 {
    guard descriptor >= 0 else { return 0 }
    switch source {
    case .kills(let file, let told):
      do {
        let now = try Self.kills(descriptor, file)
        source = .kills(file: file, told: now)
        return now > told ? now - told : 0
      } catch let failure as Failure where failure.errno == ENODEV {
        return 0  // the cgroup is gone
      }
    case .counter(let file):
      let count = shim_take_events(descriptor)
      // The end of the cgroup counts once as well.
      return count > 0 && !Files.exists(file) ? count - 1 : count
    }
  }
}
