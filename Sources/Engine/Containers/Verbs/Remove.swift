import Glibc
import Runtime

extension StoredContainer {
  /// Removes the container.
  ///
  /// - Parameter force: ends it first where it runs.
  public func remove(force: Bool = false, volumes: Bool = false) throws {
    try end(force: force)
    try ContainerFolder(roots, id).locked { isThere in
      // Its monitor was to remove it, and may have.
      if !isThere { return }
      // Who had the lock before may have started it.
      try end(force: force)
      // An end is written down before it is told: its `die` is to come before the `destroy`.
      if isMonitored, try status().state == .exited { _ = try? wait() }
      // It may have removed itself when it was ended.
      if Files.exists(folder) { try discard(volumes: volumes || options.removesItself) }
    }
  }

  /// Ends the container where it runs.
  ///
  /// - Throws: `Failure` where it does and that is not wanted.
  private func end(force: Bool) throws {
    let state = try status().state
    guard [.running, .paused, .restarting].contains(state) else { return }
    if force {
      try? stop(signal: SIGKILL, timeout: 0)
      return
    }
    throw Failure(
      "cannot remove container \"\(name)\"",
      reason: "container is \(state.rawValue): "
        + "\(state == .paused ? "unpause and stop" : "stop") the container before removing or force remove")
  }

  /// Takes away a container that was to remove itself and was never launched.
  public func discardUnstarted() {
    if options.removesItself, Files.exists(folder), !isMonitored { try? remove() }
  }

  /// Takes the container away: what the runtime knows of it, its name, its folder.
  func discard(volumes: Bool = true) throws {
    let store = roots.store
    if try store.holds(id) { try store.salvage(id).delete(force: true) }
    EventLog(roots).add(event("destroy"))
    let folder = ContainerFolder(roots, id)
    try folder.retire()
    ContainerNames(roots: roots).give(up: name, of: id)
    // Those that another container uses stay.
    let left = volumes ? Volumes(roots).remove(unused: anonymousVolumes) : []
    try folder.clear()
    if let first = left.first { throw first }
  }
}

extension Containers {
  /// Whether there is nothing of that name or ID, however damaged.
  public func isMissing(_ word: String) -> Bool { (try? id(of: word)) == nil }

  /// Takes a container away whose files cannot be read.
  public func discard(_ word: String) throws {
    let id = try id(of: word)
    let store = roots.store
    if try store.holds(id) { try store.salvage(id).delete(force: true) }
    let names = ContainerNames(roots: roots)
    for name in Files.names(in: roots.names) { names.give(up: name, of: id) }
    let folder = ContainerFolder(roots, id)
    try folder.retire()
    try folder.clear()
  }
}
