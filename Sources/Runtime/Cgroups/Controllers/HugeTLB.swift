import OCISpec

extension CgroupLowering {
  /// Huge pages. Sources: admin-guide/cgroup-v2.rst "HugeTLB", admin-guide/cgroup-v1/hugetlb.rst.
  mutating func lower(_ limits: [LinuxHugepageLimit]) throws {
    for (index, limit) in limits.enumerated() {
      let field = "linux.resources.hugepageLimits[\(index)]"
      // A file name is made of it.
      let letters = limit.pageSize.utf8.drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard letters.count == 2, letters.count < limit.pageSize.utf8.count, letters.last == UInt8(ascii: "B"),
        "KMG".utf8.contains(letters.first!)
      else { throw Failure(field + ".pageSize", reason: "`\(limit.pageSize)` is not like 64KB, 2MB or 1GB") }
      let value = String(limit.limit)
      let (folder, file): (String, String) =
        switch try place(.hugetlb, for: field) {
        case .unified(let leaf): (leaf, "max")
        case .legacy(let leaf): (leaf, "limit_in_bytes")
        }
      let name = "hugetlb." + limit.pageSize
      write(folder, name + "." + file, value, field, "huge pages in use, in bytes")
      // Without it (before Linux 5.7) the spec falls back to what is written above.
      write(
        folder, name + ".rsvd." + file, value, field,
        "huge pages reserved, in bytes: fails early, not by SIGBUS",
        ifAbsent: .isFine)
    }
  }
}
