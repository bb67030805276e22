import Glibc
import OCISpec
import Runtime

/// What tags and containers lead to.
struct Reach {
  var blobs: Set<Digest> = []
  var chains: Set<Digest> = []
  /// Entries of the index that no container needs any more.
  var stale: Set<Digest> = []
  /// Whether there may be layers in use that are not among `chains`.
  var hasUnknownLayers = false
}

/// What has been collected.
public struct Collected: Equatable, Sendable {
  public var blobs = 0
  public var layers = 0
  /// In bytes.
  public var size: Int64 = 0

  public var isEmpty: Bool { blobs == 0 && layers == 0 }
}

extension ImageStore {
  /// Removes what no tag and no container leads to, and what killed processes have left.
  ///
  /// - Parameters:
  ///   - users: the containers that use images.
  ///   - waits: until nobody is adding any more.
  /// - Returns: nil where somebody is.
  @discardableResult
  public func collect(users: ImageUsers, waits: Bool = false) throws -> Collected? {
    if !Files.exists(layoutFile) { return Collected() }
    if waits { return try collect(users: users, holding: try hold(.collecting)) }
    guard let lock = try tryHold(.collecting) else { return nil }
    return try collect(users: users, holding: lock)
  }

  private func collect(users: ImageUsers, holding lock: consuming StoreLock) throws -> Collected {
    // Nobody makes a container from an image now: that takes the lock as well.
    let users = try users()
    let reach = try reach(of: readIndex(), users: users)
    if !reach.stale.isEmpty {
      try changeIndex { index in index.manifests.removeAll { $0.isRemoved && reach.stale.contains($0.digest) }
      }
    }
    var collected = Collected()
    for digest in unreachable(reach) {
      collected.size += size(of: digest) ?? 0
      collected.blobs += 1
      unlink(path(of: digest))
    }
    for chain in layers.unreachable(reach) {
      collected.size += layers.size(of: chain) ?? 0
      collected.layers += 1
      try layers.remove(chain)
    }
    try sweepDrafts()
    layers.sweep()
    lock.release()
    return collected
  }

  /// Finds out what must stay.
  ///
  /// - Parameter users: the containers that use images.
  func reach(of index: ImageIndex, users: [Digest: [ImageUser]]) throws(Failure) -> Reach {
    var reach = Reach()
    for entry in index.manifests {
      do throws(Failure) {
        let image = try image(entry)
        if entry.isRemoved, users[image.id] == nil {
          reach.stale.insert(entry.digest)
          continue
        }
        reach.blobs.formUnion(image.layers.map(\.digest) + [image.manifest.digest, image.id])
        reach.chains.formUnion(image.chainIDs)
      } catch {
        // It is no use to anybody; but what cannot be read just now may be whole.
        if error.kind != .damaged, error.errno != nil { throw error }
        if entry.isRemoved {
          reach.stale.insert(entry.digest)
          continue
        }
      }
      reach.blobs.insert(entry.digest)
      try reachWithoutImage(entry, &reach)
    }
    for (id, containers) in users {
      reach.blobs.insert(id)
      // Whose image was removed while they were made have no entry in the index.
      for digest in Set(containers.compactMap(\.manifest)) {
        let manifest = Descriptor(mediaType: MediaType.manifest, digest: digest, size: 0)
        reach.blobs.insert(digest)
        try reachWithoutImage(manifest, &reach)
      }
      do throws(Failure) {
        reach.chains.formUnion(try chainIDs(ofImage: id))
      } catch {
        if error.kind != .damaged { throw error }
        // A container may be running on layers that nothing tells of any more.
        reach.hasUnknownLayers = true
      }
    }
    return reach
  }

  /// What an entry leads to that is no image for this machine: other programs put such into a layout.
  private func reachWithoutImage(_ entry: Descriptor, _ reach: inout Reach, depth: Int = 0) throws(Failure) {
    do throws(Failure) {
      if MediaType.isIndex(entry.mediaType), depth < 3 {
        let index: ImageIndex = try value(of: entry.digest)
        for manifest in index.manifests where contains(manifest.digest) {
          reach.blobs.insert(manifest.digest)
          try reachWithoutImage(manifest, &reach, depth: depth + 1)
        }
      } else {
        let manifest: ImageManifest = try value(of: entry.digest)
        reach.blobs.formUnion(manifest.layers.map(\.digest) + [manifest.config.digest])
      }
    } catch {
      if error.kind != .damaged { throw error }
    }
  }

  /// Contents that nobody needs.
  func unreachable(_ reach: Reach) -> [Digest] {
    Files.names(in: blobs).compactMap { name in
      Digest("sha256:" + name).flatMap { reach.blobs.contains($0) ? nil : $0 }
    }
  }

  /// With nobody else at it.
  func sweepDrafts() throws(Failure) {
    // Names are changed without the store's lock.
    let lock = try holdIndex()
    defer { flock(lock.raw, LOCK_UN) }
    for path in abandonedDrafts() { unlink(path) }
  }

  /// What was being written by processes that are no more.
  func abandonedDrafts() -> [String] {
    Files.names(in: drafts).map { drafts + "/" + $0 }.filter(FileLock.isFree)
  }
}
