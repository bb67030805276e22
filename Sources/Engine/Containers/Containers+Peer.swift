import Runtime

extension Containers {
  /// A running container whose namespaces another one is to use, by its name or ID.
  func peer(_ word: String) throws -> SpecBuilder.Peer {
    let container = try find(word)
    let status = try container.status()
    guard status.state == .running, status.pid > 0 else {
      throw Failure("container \(container.id) is not running")
    }
    let folder = container.folder
    let hostname = try? Files.read(folder + "/hostname")
    let sharedMemory: String?
    switch container.options.namespaces.ipc {
    case .shareable: sharedMemory = "/proc/\(status.pid)/root/dev/shm"
    case .host: sharedMemory = "/dev/shm"
    default: sharedMemory = nil
    }
    return SpecBuilder.Peer(
      id: container.id, pid: status.pid,
      hostname: hostname.map { String(decoding: $0.dropLast(), as: UTF8.self) } ?? container.shortID,
      networkFiles: hostname == nil ? nil : folder, sharedMemory: sharedMemory)
  }
}
