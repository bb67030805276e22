import Glibc

/// How many descriptors this process may have.
enum DescriptorLimit {
  /// Allows so many, as far as that is permitted. It stays so: another thread may need them by now. Source: getrlimit(2).
  static func allow(_ count: Int) {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < rlim_t(count) else { return }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(count))
    setrlimit(resource, &limit)
  }
}
