import Runtime

extension StoredContainer {
  /// What the host's `ps` prints of the container's processes, in columns.
  ///
  /// - Parameter options: `ps`'s own; `-ef` where there are none.
  public func processTable(options: [String]) throws -> String {
    switch try status().state {
    case .running, .paused: break
    case .restarting: throw Failure("Container \(id) is restarting, wait until the container is running")
    case .created, .exited, .dead, .removing: throw Failure("container \(id) is not running")
    }
    let hint = "install it: Debian has it in procps"
    return TopTable.text(
      try roots.store.container(id).processTable(options: options, hintIfMissing: hint))
  }
}
