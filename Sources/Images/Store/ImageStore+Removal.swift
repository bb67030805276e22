import OCISpec
import Runtime

extension ImageStore {
  /// Removes a name, and the image with its last name; by an ID, the image with all its names. Then whatever nobody
  /// reaches any more goes, unless somebody is adding at the time: then that stays until the next `collect`.
  ///
  /// - Parameters:
  ///   - word: a name, an ID, or the beginning of an ID.
  ///   - isForced: even where stopped containers use it, or where it has names in several repositories.
  ///   - users: the containers that use images.
  /// - Returns: what has gone, in the order in which it is told.
  public func remove(_ word: String, isForced: Bool = false, users: ImageUsers) throws -> [RemovedImage] {
    let removed = try changeIndex { index in
      guard let (found, name) = try resolve(word) else { throw Self.missing(word) }
      let all = try all()
      let image = all.first { $0.id == found.id } ?? found
      let users = try users()
      let removal = try Removal(
        image, word: word, name: name, users: users[image.id] ?? [], isForced: isForced)
      return apply(removal, to: &index, others: all.filter { $0.id != image.id }, users)
    }
    try collect(users: users)
    return removed
  }

  /// - Parameter others: all other images.
  private func apply(
    _ removal: Removal, to index: inout ImageIndex, others: [StoredImage], _ users: [Digest: [ImageUser]]
  ) -> [RemovedImage] {
    for name in removal.untagged { index.untag(name) }
    var removed = removal.untagged.map { RemovedImage.untagged($0.familiar) }
    guard removal.isDeleted else { return removed }
    let image = removal.image
    index.remove(image.manifestDigests, keepsForContainers: !removal.users.isEmpty)
    removed.append(.deleted(image.id))
    var kept = Set(others.flatMap(\.chainIDs))
    for id in users.keys { kept.formUnion((try? chainIDs(ofImage: id)) ?? []) }
    removed += image.chainIDs.reversed().filter { !kept.contains($0) && layers.contains($0) }.map {
      .deleted($0)
    }
    return removed
  }

  /// The chain IDs of an image that need not be in the index.
  func chainIDs(ofImage id: Digest) throws(Failure) -> [Digest] {
    let config: ImageConfig = try value(of: id)
    return Self.chainIDs(of: config.diffIDs)
  }

  /// What a prune has removed.
  public struct Pruned: Equatable, Sendable {
    public var removed: [RemovedImage] = []
    /// In bytes.
    public var size: Int64 = 0
  }

  /// Removes images that no container uses.
  ///
  /// - Parameters:
  ///   - tagged: those with tags as well.
  ///   - users: the containers that use images.
  ///   - condition: of those, only the ones that it holds for.
  public func prune(
    tagged: Bool, users: ImageUsers, where condition: (StoredImage) throws -> Bool = { _ in true }
  ) throws -> Pruned {
    var pruned = Pruned()
    pruned.removed = try changeIndex { index in
      let users = try users()
      var rest = try all()
      var removed: [RemovedImage] = []
      for image in rest where tagged || image.isDangling {
        guard users[image.id, default: []].isEmpty, try condition(image) else { continue }
        rest.removeAll { $0.id == image.id }
        // By its ID, whatever names it has.
        let removal = try Removal(image, word: "", name: nil, users: [], isForced: true)
        removed += apply(removal, to: &index, others: rest, users)
      }
      return removed
    }
    let sizes = pruned.removed.map { (one) -> Int64 in
      if case .deleted(let digest) = one { return layers.size(of: digest) ?? 0 }
      return 0
    }
    pruned.size = try collect(users: users)?.size ?? sizes.reduce(0, +)
    return pruned
  }
}
