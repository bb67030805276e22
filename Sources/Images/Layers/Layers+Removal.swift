import Glibc
import OCISpec
import Runtime

extension Layers {
  /// Layers that no image and no container needs.
  func unreachable(_ reach: Reach) -> [Digest] {
    reach.hasUnknownLayers ? [] : all().filter { !reach.chains.contains($0) }
  }

  /// Takes a layer away in one moment for whoever looks, then bit by bit.
  func remove(_ chain: Digest) throws(Failure) {
    let place = folder(of: chain)
    let remains = folder + "/" + Self.remainsPrefix + chain.hex
    // Of one who was killed.
    ScratchFolder.remove(remains)
    if rename(place, remains) != 0 { throw Failure("remove layer", place, errno: errno) }
    let target = Self.target(chain)
    for name in Self.names(of: chain) where Self.target(ofLink: links + "/" + name) == target {
      unlink(links + "/" + name)
    }
    ScratchFolder.remove(remains)
  }

  /// What was being unpacked or removed by processes that are no more. Who is at it has its lock.
  func abandonedDrafts() -> [String] {
    Files.names(in: folder).filter { name in
      name.hasPrefix(Self.draftPrefix) || name.hasPrefix(Self.remainsPrefix)
    }.map { folder + "/" + $0 }.filter(FileLock.isFree)
  }

  /// Links that lead nowhere.
  func deadLinks() -> [String] {
    Files.names(in: links).map { links + "/" + $0 }.filter { !Files.exists($0) }
  }

  /// With nobody else at it.
  func sweep() {
    for path in abandonedDrafts() { ScratchFolder.remove(path) }
    for path in deadLinks() { unlink(path) }
  }
}
