import Glibc
import OCISpec

@testable import Runtime

/// A cgroup on this machine, in a folder of this test process, and children to put into it.
final class ScratchCgroup {
  let layout: CgroupLayout
  let path: CgroupPath
  let cgroup: Cgroup
  private(set) var children: [ScratchChild] = []

  /// Each test has a parent of its own, named after the first component, because suites run side by side.
  init(_ name: String) throws {
    let parent = "swiftainer-cgtest-\(getpid())-\(name.prefix { $0 != "/" })"
    layout = try CgroupLayout.detect()
    path = try CgroupPath(cgroupsPath: "/\(parent)/\(name)", id: "")
    cgroup = Cgroup(layout: layout, path: path)
  }

  func create(_ resources: LinuxResources? = nil) throws {
    _ = try Cgroup.create(CgroupPlan.lower(resources: resources, path: path, layout: layout), layout: layout)
  }

  func update(_ resources: LinuxResources) throws {
    try cgroup.update(
      CgroupPlan.lowerUpdate(resources: resources, path: path, layout: layout, current: cgroup.current()))
  }

  /// Starts a shell script in the cgroup: it waits for a line before its first command.
  @discardableResult
  func start(_ script: String) throws -> ScratchChild {
    let child = try ScratchChild("read line; " + script)
    children.append(child)
    try CgroupFolder(mountPoint: layout.unified, path: path).join(child.pid)
    for folder in cgroup.legacyFolders where access(folder.leaf, F_OK) == 0 { try folder.join(child.pid) }
    child.proceed()
    return child
  }

  func file(_ controller: CgroupController, _ name: String) throws -> String {
    let folder = layout.legacyHierarchy(of: controller).map { $0.mountPoint + path.text } ?? cgroup.folder
    return String(try CgroupFile.read(folder + "/" + name).prefix { $0 != "\n" })
  }

  /// Whatever a test left; then the parents, which the library leaves to their owner.
  deinit {
    try? cgroup.kill()
    for child in children { child.wait() }
    try? cgroup.remove(deadline: 5000)
    for mountPoint in [layout.unified] + layout.legacy.map(\.mountPoint) {
      for parent in path.ancestors.reversed() { rmdir(mountPoint + parent) }
    }
  }
}

/// A shell whose input and output are one socket, made close-on-exec at once, because tests run side by side.
final class ScratchChild {
  let pid: pid_t
  private let socket: OwnedFD
  private(set) var status: CInt?

  init(_ script: String) throws {
    var ends: [CInt] = [0, 0]
    let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw Failure("socketpair", errno: errno) }
    socket = OwnedFD(ends[0])
    let theirs = OwnedFD(ends[1])
    // The threads of a test block signals, which a child does not inherit.
    let pid = ChildProgram.start(
      "/bin/sh", ["sh", "-c", script], descriptors: (0...2).map { (theirs.raw, $0) })
    if pid < 0 { throw Failure("spawn", "/bin/sh", errno: -pid) }
    self.pid = pid
  }

  func proceed() { _ = Glibc.write(socket.raw, "\n", 1) }

  /// The next bytes it writes; empty at the end.
  func read() -> String {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(socket.raw, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// All it writes until it ends.
  func readAll() -> String {
    var text = ""
    while true {
      let part = read()
      if part.isEmpty { return text }
      text += part
    }
  }

  /// The exit code, or 128 and the signal's number.
  @discardableResult
  func wait() -> CInt {
    if let status { return status }
    var raw: CInt = 0
    while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
    let status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + (raw & 0x7f)
    self.status = status
    return status
  }
}

/// Whether tests may touch this machine's cgroups.
let mayTouchCgroups = geteuid() == 0
