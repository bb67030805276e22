import OCISpec

extension CgroupLowering {
  /// The number of processes and threads. Source: admin-guide/cgroup-v1/pids.rst; cgroup v2 is the same.
  mutating func lower(_ pids: LinuxPids) throws {
    guard let limit = pids.limit else { return }
    let field = "linux.resources.pids.limit"
    if limit < -1 { throw Failure(field, reason: "\(limit) is neither a number of tasks nor -1 (unlimited)") }
    let folder =
      switch try place(.pids, for: field) {
      case .unified(let leaf), .legacy(let leaf): leaf
      }
    switch limit {
    case -1: write(folder, "pids.max", "max", field, "unlimited")
    // The init itself must still be born into the cgroup.
    case 0: write(folder, "pids.max", "1", field, "no task but the first")
    default: write(folder, "pids.max", String(limit), field, "the most processes and threads")
    }
  }
}
