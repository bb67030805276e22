import OCISpec
import Runtime

/// An image of the store.
public struct StoredImage: Sendable {
  /// The digest of its configuration.
  public let id: Digest
  public let manifest: Descriptor
  /// As they came, from the lowest on.
  public let layers: [Descriptor]
  public let config: ImageConfig
  /// With tags and with digests, in order; none for one that has no name.
  public internal(set) var references: [ImageReference]
  /// By which its layers are found where they are unpacked, from the lowest on.
  public let chainIDs: [Digest]
  /// Its other manifests: those of the same configuration with other archives.
  var otherManifests: [Digest] = []
  let store: ImageStore

  /// Of its files, in bytes; of its archives, where not all of its layers are unpacked.
  public var size: Int64 {
    layerSizes.reduce(0, +)
  }

  /// The same for each layer, from the lowest on.
  public var layerSizes: [Int64] {
    zip(chainIDs, layers).map { store.layers.size(of: $0) ?? $1.size }
  }

  /// Whether all of its layers are unpacked.
  public var isUnpacked: Bool { chainIDs.allSatisfy(store.layers.contains) }

  /// Whether no tag leads to it.
  public var isDangling: Bool { !references.contains { $0.tag != nil } }

  /// What it runs on.
  public var platform: Platform {
    Platform(architecture: config.architecture, os: config.os, variant: config.variant)
  }

  /// All manifests by which it is kept.
  var manifestDigests: Set<Digest> { Set(otherManifests + [manifest.digest]) }
}

extension ImageStore {
  /// The image of a manifest; of a list, that of this machine.
  ///
  /// Throws a `damaged` failure where one of its texts is not there, or not what its digest says. Its layers are not
  /// looked at.
  public func image(_ manifest: Descriptor) throws(Failure) -> StoredImage {
    let (descriptor, parts) = try self.manifest(of: manifest)
    let name = "\(descriptor.digest)"
    guard parts.config.mediaType.isEmpty || MediaType.isConfig(parts.config.mediaType) else {
      throw Failure(
        "read", name, reason: "is no image: its configuration is \(quoted(parts.config.mediaType))")
    }
    let config: ImageConfig = try value(of: parts.config.digest, size: parts.config.size)
    guard config.diffIDs.count == parts.layers.count else {
      throw Failure(
        "read", name,
        reason: "has \(parts.layers.count) layers, and its configuration says \(config.diffIDs.count)")
    }
    return StoredImage(
      id: parts.config.digest, manifest: descriptor, layers: parts.layers, config: config, references: [],
      chainIDs: Self.chainIDs(of: config.diffIDs), store: self)
  }

  /// A manifest, or that of a list which is for this machine.
  func manifest(of descriptor: Descriptor) throws(Failure) -> (Descriptor, ImageManifest) {
    guard MediaType.isIndex(descriptor.mediaType) else {
      return (descriptor.bare, try value(of: descriptor.digest, size: descriptor.size))
    }
    let index: ImageIndex = try value(of: descriptor.digest, size: descriptor.size)
    guard let chosen = index.manifest(for: .host) else {
      throw Failure("read", "\(descriptor.digest)", reason: "has no image for \(Platform.host)")
    }
    // A list in a list is nobody's.
    return (chosen.bare, try value(of: chosen.digest, size: chosen.size))
  }

  /// All images, the latest first.
  ///
  /// - Parameter warn: told of each that cannot be read; such a one is left out.
  public func all(warn: (Failure) -> Void = { _ in }) throws(Failure) -> [StoredImage] {
    images(of: try readIndex().manifests.filter { !$0.isRemoved }, warn: warn)
  }

  /// Images that several entries lead to are one.
  func images(of entries: [Descriptor], warn: (Failure) -> Void) -> [StoredImage] {
    var found: [Digest: StoredImage] = [:]
    var order: [Digest] = []
    var read: [Digest: Digest] = [:]
    for entry in entries {
      do throws(Failure) {
        let id: Digest
        if let known = read[entry.digest] {
          id = known
        } else {
          let image = try image(entry)
          id = image.id
          read[entry.digest] = id
          if found[id] == nil {
            found[id] = image
            order.append(id)
          }
        }
        if let reference = entry.reference { found[id]?.references.append(reference) }
        if entry.digest != found[id]?.manifest.digest { found[id]?.otherManifests.append(entry.digest) }
      } catch {
        warn(error)
      }
    }
    return order.compactMap { id in
      found[id].map { image in
        var image = image
        image.references.sort { $0.full < $1.full }
        return image
      }
    }.sorted { ($0.config.created ?? "", $0.id.hex) > ($1.config.created ?? "", $1.id.hex) }
  }

  /// The IDs of layers on top of each other, from those of their contents. Source: image-spec 1.1, config.md, "Layer
  /// ChainID".
  public static func chainIDs(of diffIDs: [Digest]) -> [Digest] {
    var chains: [Digest] = []
    for diffID in diffIDs {
      guard let below = chains.last else {
        chains.append(diffID)
        continue
      }
      chains.append(ShortHash.digest(of: "\(below) \(diffID)".utf8))
    }
    return chains
  }
}
