import OCISpec

extension ContainerStore {
  /// The states of all containers, by their creation.
  ///
  /// - Parameter warn: told of each container whose state cannot be found out; the others are still listed.
  public func states(warn: (String) -> Void) throws -> [State] {
    try all(warn: warn).compactMap { container in
      do {
        return try container.state()
      } catch {
        // Gone since the folder was read: nothing to tell.
        if Files.exists(container.folder) { warn("container \(container.id): \(error)") }
        return nil
      }
    }
  }
}
