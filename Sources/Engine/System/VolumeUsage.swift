import Runtime

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
      let names = (one.container?.options.mounts ?? []).compactMap { mount in
        if case .volume(let name?, _) = mount.kind { name } else { nil }
      }
      for name in Set(names) { links[name, default: 0] += 1 }
    }
    return Files.names(in: roots.volumes).sorted().compactMap { name in
      let folder = roots.volumes + "/" + name + "/_data"
      guard MountFlag.isVolumeName(name), Files.exists(folder) else { return nil }
      return VolumeUsage(name: name, links: links[name] ?? 0, size: DiskUsage.bytes(in: folder))
    }
  }
}
