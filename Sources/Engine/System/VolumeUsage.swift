/// What a volume takes and who has it.
public struct VolumeUsage: Sendable {
  public let name: String
  /// Containers that have it, running or not.
  public let links: Int
  /// Bytes.
  public let size: Int64
}

extension Containers {
  /// What the volumes take, by name.
  public func volumeUsage(_ listed: [ListedContainer]) -> [VolumeUsage] {
    var links: [String: Int] = [:]
    for one in listed {
      for name in Set(one.container?.volumeNames ?? []) { links[name, default: 0] += 1 }
    }
    return Volumes(roots).all().map { VolumeUsage(name: $0.name, links: links[$0.name] ?? 0, size: $0.size) }
  }
}
