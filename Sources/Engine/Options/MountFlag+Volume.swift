import Runtime

extension MountFlag {
  /// `[HOST:]CONTAINER[:OPTIONS]`, as `-v` takes it: a missing host folder is made; a name instead of a path is a
  /// volume's, and nothing at all is an anonymous volume.
  public init(volume text: String) throws(Failure) {
    let flag = "--volume"
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), !parts.contains("") else {
      throw Failure(flag, text, reason: "not [HOST:]CONTAINER[:ro]")
    }
    let source = parts.count == 1 ? nil : parts[0]
    let isPath = source.map { $0.hasPrefix("/") || $0.hasPrefix(".") } ?? false
    if let source, !isPath, !Self.isVolumeName(source) {
      throw Failure(
        flag, text, reason: "'\(source)' is neither a path nor a volume's name",
        hint: "a path begins with / or ., a name is [a-zA-Z0-9][a-zA-Z0-9_.-]+")
    }
    if let source, isPath {
      self.init(.bind(source: Files.absolute(source), makesSource: true), target: parts[1])
    } else {
      self.init(.volume(name: source, copies: true), target: parts.count == 1 ? parts[0] : parts[1])
    }
    if parts.count == 3 { try read(options: parts[2], text) }
    try checkTarget(flag, text)
  }

  private mutating func read(options: String, _ text: String) throws(Failure) {
    words = options
    var access: Substring?
    for option in options.split(separator: ",", omittingEmptySubsequences: false) {
      switch option {
      case "ro", "rw":
        if let access, access != option {
          throw Failure("--volume", text, reason: "both \(access) and \(option)")
        }
        access = option
      // Labels are for SELinux; where there is none, there is nothing to relabel.
      case "z", "Z": break
      // For machines where files are shared with a virtual one.
      case "consistent", "cached", "delegated": break
      case "nocopy":
        guard case .volume(let name, _) = kind else {
          throw Failure("--volume", text, reason: "nocopy is for volumes, not for the host's folders")
        }
        kind = .volume(name: name, copies: false)
      default:
        guard let propagation = Propagation(rawValue: String(option)) else {
          throw Failure("--volume", text, reason: "unknown option '\(option)'")
        }
        guard case .bind = kind else {
          throw Failure("--volume", text, reason: "\(option) is for the host's folders, not for volumes")
        }
        self.propagation = propagation
      }
    }
    isReadOnly = access == "ro"
  }

  /// `CONTAINER[:OPTIONS]`, as `--tmpfs` takes it.
  public init(tmpfs text: String) throws(Failure) {
    let flag = "--tmpfs"
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    self.init(.tmpfs, target: parts[0])
    if target.isEmpty { throw Failure(flag, text, reason: "not CONTAINER[:OPTIONS]") }
    if parts.count == 2 { words = parts[1] }
    for option in words.split(separator: ",") {
      let pair = option.split(separator: "=", maxSplits: 1).map(String.init)
      switch (pair[0], pair.count) {
      case ("ro", 1): isReadOnly = true
      case ("rw", 1): isReadOnly = false
      case ("exec", 1), ("noexec", 1), ("suid", 1), ("nosuid", 1), ("dev", 1), ("nodev", 1), ("noatime", 1),
        ("relatime", 1), ("strictatime", 1), ("nodiratime", 1), ("sync", 1), ("async", 1), ("dirsync", 1),
        ("uid", 2), ("gid", 2), ("nr_inodes", 2), ("nr_blocks", 2), ("mpol", 2), ("huge", 2):
        tmpfs.append(String(option))
      case ("size", 2):
        // A percentage is of the machine's memory.
        if !pair[1].hasSuffix("%") { _ = try ByteSize.parse(pair[1], flag: "--tmpfs \(target): size") }
        tmpfs.append(String(option))
      case ("mode", 2):
        guard let mode = UInt32(pair[1], radix: 8), mode <= 0o7777 else {
          throw Failure(flag, text, reason: "mode is an octal number, as in 1777")
        }
        tmpfs.append(String(option))
      default:
        throw Failure(flag, text, reason: "unknown option '\(option)'")
      }
    }
    try checkTarget(flag, text)
  }
}
