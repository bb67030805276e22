import Glibc
import OCISpec
import Runtime

/// What is wrong with the store, or was left behind by commands that were cut short.
public struct StoreLeftover: Sendable {
  /// What it is, in words.
  public let text: String
  /// Takes it away, or puts it right; nil where only a person can.
  public let repair: (@Sendable () throws -> Void)?
}

extension ImageStore {
  /// Looks for what is damaged, cut short, or needed by nobody. What somebody is at is left out.
  ///
  /// - Parameter users: the containers that use images.
  public func leftovers(users: @escaping @Sendable () throws -> [Digest: [ImageUser]]) throws
    -> [StoreLeftover]
  {
    if !Files.exists(folder) { return [] }
    // Somebody is adding: what nobody reaches now may be reached soon.
    guard let lock = try tryHold(.collecting) else { return [] }
    defer { lock.stay() }
    let index: ImageIndex
    do {
      index = try readIndex()
    } catch {
      return [StoreLeftover(text: "\(error)") { try rebuildIndex() }]
    }
    let used = try users()
    let reach = try reach(of: index, users: used)
    return incomplete(index) + damagedLayers(Set(used.keys)) + cutShort() + garbage(reach, users)
  }

  /// Images of which something is missing.
  private func incomplete(_ index: ImageIndex) -> [StoreLeftover] { index.manifests.flatMap(incomplete) }

  private func incomplete(_ entry: Descriptor) -> [StoreLeftover] {
    let name = entry.reference?.familiar ?? "\(entry.digest)"
    do throws(Failure) {
      return try image(entry).layers.filter { !contains($0) }.map { incomplete($0, of: name) }
    } catch {
      let text = "image \(name): \(error)"
      if error.kind != .damaged { return [StoreLeftover(text: text, repair: nil)] }
      return [StoreLeftover(text: text) { try forget(entry) }]
    }
  }

  private func incomplete(_ layer: Descriptor, of name: String) -> StoreLeftover {
    let text = "image \(name): its layer \(layer.digest)"
    guard let found = size(of: layer.digest) else {
      return StoreLeftover(text: text + " is not there; pull it again", repair: nil)
    }
    // Gone, it comes again by a pull. Containers run on the unpacked layer, and do not need it.
    return StoreLeftover(text: text + " has \(found) bytes instead of \(layer.size); pull it again") {
      try alone { if !contains(layer) { unlink(path(of: layer.digest)) } }
    }
  }

  /// Takes an image that cannot be read out of the index.
  private func forget(_ entry: Descriptor) throws {
    try changeIndex { index in index.manifests.removeAll { $0 == entry } }
  }

  /// - Parameter used: the IDs of the images that containers use.
  private func damagedLayers(_ used: Set<Digest>) -> [StoreLeftover] {
    // Nil: it is not known which.
    let mounted = used.reduce(into: Optional(Set<Digest>())) { mounted, id in
      guard let chains = try? chainIDs(ofImage: id) else { return mounted = nil }
      mounted?.formUnion(chains)
    }
    return layers.all().compactMap { chain in
      guard let text = damage(of: chain) else { return nil }
      // A container may still run on its files.
      let isRepairable = mounted.map { !$0.contains(chain) } ?? false
      if !isRepairable { return StoreLeftover(text: text, repair: nil) }
      return StoreLeftover(text: text) { try alone { try layers.remove(chain) } }
    }
  }

  private func damage(of chain: Digest) -> String? {
    if !Files.exists(layers.path(of: chain)) {
      return "\(layers.path(of: chain)): the layer's files are gone"
    }
    if !layers.isTrusted(layers.folder(of: chain)) {
      return "\(layers.path(of: chain)): the machine went down while the layer was unpacked"
    }
    do throws(Failure) {
      _ = try layers.layer(chain)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func cutShort() -> [StoreLeftover] {
    let files = abandonedDrafts().map { path in
      StoreLeftover(text: "\(path): the writing of a file was cut short") { try alone { try sweepDrafts() } }
    }
    let folders = layers.abandonedDrafts().map { path in
      StoreLeftover(text: "\(path): the unpacking or removal of a layer was cut short") {
        try alone { layers.sweep() }
      }
    }
    let links = layers.deadLinks().map { path in
      StoreLeftover(text: "\(path): leads to no layer") { try alone { layers.sweep() } }
    }
    return files + folders + links
  }

  /// Nothing happens where somebody else is at the store by now.
  private func alone(_ body: () throws -> Void) throws {
    guard let lock = try tryHold(.collecting) else { return }
    try body()
    lock.release()
  }

  private func garbage(
    _ reach: Reach, _ users: @escaping @Sendable () throws -> [Digest: [ImageUser]]
  ) -> [StoreLeftover] {
    let blobs = unreachable(reach)
    let chains = layers.unreachable(reach)
    if blobs.isEmpty, chains.isEmpty, reach.stale.isEmpty { return [] }
    let bytes = blobs.compactMap(size(of:)).reduce(0, +) + chains.compactMap(layers.size(of:)).reduce(0, +)
    let text = "\(folder): \(blobs.count) files and \(chains.count) layers (\(bytes) bytes) of no image"
    return [StoreLeftover(text: text) { try collect(users: users) }]
  }

  /// Makes `index.json` of the manifests that are there. Their names are lost.
  private func rebuildIndex() throws {
    try prepare()
    let lock = try holdIndex()
    defer { flock(lock.raw, LOCK_UN) }
    // Somebody has been faster.
    if (try? readIndex()) != nil { return }
    var index = ImageIndex(manifests: [])
    for name in Files.names(in: blobs).sorted() {
      guard let digest = Digest("sha256:" + name), let size = size(of: digest), size <= Self.textLimit,
        let manifest: ImageManifest = try? value(of: digest), contains(manifest.config)
      else { continue }
      index.manifests.append(Descriptor(mediaType: manifest.mediaType, digest: digest, size: size))
    }
    try writeIndex(index)
  }
}
