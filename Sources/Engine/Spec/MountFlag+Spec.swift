import OCISpec
import Runtime

extension MountFlag {
  /// The mount in a configuration. `folder` gives a volume's folder on the host by its name.
  func specification(volume folder: (String) throws -> String) throws -> Mount {
    switch kind {
    case .bind(let source, _): return bind(source)
    case .volume(let name?, _): return bind(try folder(name))
    case .volume(nil, _): throw Failure("--volume", target, reason: "the anonymous volume was given no name")
    case .tmpfs:
      let attributes = ["nosuid", "nodev", "noexec"] + (isReadOnly ? ["ro"] : [])
      return Mount(destination: target, type: "tmpfs", source: "tmpfs", options: attributes + tmpfs)
    }
  }

  private func bind(_ source: String) -> Mount {
    var options = [recursion == .disabled ? "bind" : "rbind"]
    if isReadOnly {
      // What is mounted below the source is not left writable either, unless that is asked for.
      options.append(recursion == .enabled || recursion == .readonly ? "rro" : "ro")
    }
    options.append((propagation ?? .rprivate).rawValue)
    return Mount(destination: target, type: "bind", source: source, options: options)
  }
}
