import Glibc
import Runtime
import Testing

@testable import Engine

/// What `system check` takes away while others are at work.
@Suite struct LeftoverTests {
  private let scratch = Scratch()
  private var roots: EngineRoots { EngineRoots(data: scratch.path + "/data", run: scratch.path + "/run") }
  private let id = String(repeating: "a", count: 64)

  @Test func containersThatSomebodyIsAt() throws {
    defer { ScratchFolder.remove(scratch.path) }
    let folder = ContainerFolder(roots, id)
    // Made, and not locked yet.
    try Files.makeFolders(folder.draft)
    let found = Containers(roots).cutShort()
    #expect(found.count == 1)
    let draft = try folder.makeDraft()
    #expect(Containers(roots).cutShort().isEmpty)
    for leftover in found { try leftover.mend() }
    #expect(Files.isInPlace(draft.raw, folder.draft))
    flock(draft.raw, LOCK_UN)
    for leftover in found { try leftover.mend() }
    #expect(!Files.exists(folder.draft))
  }

  /// Whoever makes a container has its draft also where a check comes between the folder's making and its lock.
  @Test func draftsAreInPlace() async throws {
    defer { ScratchFolder.remove(scratch.path) }
    let folder = ContainerFolder(roots, id)
    async let checks: Void = {
      for _ in 0..<20_000 {
        guard let lock = ContainerFolder.lockIfFree(folder.draft) else { continue }
        ScratchFolder.remove(folder.draft)
        flock(lock.raw, LOCK_UN)
      }
    }()
    for _ in 0..<2000 {
      let draft = try folder.makeDraft()
      #expect(Files.isInPlace(draft.raw, folder.draft))
      folder.discardDraft()
      flock(draft.raw, LOCK_UN)
    }
    await checks
  }

  @Test func volumesThatSomebodyRemoves() throws {
    defer { ScratchFolder.remove(scratch.path) }
    let remains = roots.volumes + "/.old-web"
    try Files.makeFolders(remains)
    let found = try Containers(roots).cutShortVolumes()
    #expect(found.count == 1)
    let lock = try Volumes.hold(remains)
    #expect(try Containers(roots).cutShortVolumes().isEmpty)
    for leftover in found { try leftover.mend() }
    #expect(Files.exists(remains))
    flock(lock.raw, LOCK_UN)
    for leftover in found { try leftover.mend() }
    #expect(!Files.exists(remains))
  }
}
