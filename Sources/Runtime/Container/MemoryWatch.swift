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
  /// The file that counts kills, and how many it told of at first.
  private let count: (file: String, before: UInt64)

  var pollEvents: Int16 {
    if case .kills = source { Int16(POLLPRI) } else { Int16(POLLIN) }
  }

  init(_ cgroup: Cgroup, telling listener: KernelCallListener = .nobody) throws {
    let (descriptor, source) = try Self.open(cgroup, telling: listener)
    let legacy = Self.legacyFolder(cgroup)
    let file = legacy.map { $0 + "/memory.oom_control" } ?? cgroup.folder + "/memory.events"
    self.descriptor = descriptor
    self.source = source
    count = (file, Self.kills(file))
  }

  /// The file that is written to on cgroup v1; nil on v2.
  static func eventControl(_ cgroup: Cgroup) -> String? {
    legacyFolder(cgroup).map { $0 + "/cgroup.event_control" }
  }

  private static func legacyFolder(_ cgroup: Cgroup) -> String? {
    cgroup.layout.legacyHierarchy(of: .memory).map { $0.mountPoint + cgroup.path.text }
  }

  /// Watches nothing.
  init() {
    descriptor = -1
    source = .counter(file: "")
    count = ("", 0)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func open(_ cgroup: Cgroup, telling listener: KernelCallListener) throws -> (CInt, Source) {
    if let folder = legacyFolder(cgroup) {
      let control = folder + "/cgroup.event_control"
      return (try legacyCounter(folder, control, telling: listener), .counter(file: control))
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
  private static func legacyCounter(
    _ folder: String, _ eventControl: String, telling listener: KernelCallListener
  ) throws -> CInt {
    let control = CgroupFile.openRetrying(folder + "/memory.oom_control", O_RDONLY | O_CLOEXEC)
    if control < 0 {
      if errno == ENOENT { return -1 }
      throw Failure("open", folder + "/memory.oom_control", errno: errno)
    }
    defer { close(control) }
    let counter = shim_event_counter()
    if counter < 0 { throw Failure("make an event counter", errno: -counter) }
    let code = CgroupFile.write("\(counter) \(control)", to: eventControl, telling: listener)
    if code != 0 {
      close(counter)
      throw Failure("listen for", folder + "/memory.oom_control", errno: code)
    }
    return counter
  }

  /// Reading also makes the next poll wait. Source: "memory.events" in admin-guide/cgroup-v2.rst.
  private static func kills(_ descriptor: CInt, _ file: String) throws -> UInt64 {
    try CgroupFile.withBytes(from: descriptor, file, kills)
  }

  /// 0 where the cgroup is gone.
  private static func kills(_ file: String) -> UInt64 { (try? CgroupFile.withBytes(of: file, kills)) ?? 0 }

  private static func kills(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("oom_kill ") }.flatMap { UInt64($0.dropFirst(9)) } ?? 0
  }

  /// Whether one of the container's own processes has been killed. On cgroup v1 want of memory does not say that: it is
  /// told before anybody is killed, to those as well whose parent's limit it is, and where killing is disabled.
  func hasKilled() -> Bool {
    descriptor >= 0 && Self.kills(count.file) > count.before
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
