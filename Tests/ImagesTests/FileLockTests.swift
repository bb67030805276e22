import Runtime
import Testing

@testable import Images

@Suite struct FileLockTests {
  /// A child has a copy of every descriptor from its fork until it executes.
  @Test func whatNobodyHasIsFree() async throws {
    let scratch = StoreScratch()
    let path = scratch.folder + "/file"
    try Files.replace(path, [])
    async let children: Void = {
      for _ in 0..<100 { _ = ChildProgram.wait(ChildProgram.start("/bin/true", ["true"])) }
    }()
    let isAlwaysFree = (0..<20_000).allSatisfy { _ in FileLock.isFree(path) }
    await children
    #expect(isAlwaysFree)
  }
}
