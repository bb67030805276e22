import Glibc
import Runtime
import Testing

@testable import Images

@Suite struct DeepLayerTests {
  private let scratch = StoreScratch()

  /// A path to the innermost folder is longer than the kernel takes.
  @Test func howeverDeep() throws {
    let path = scratch.folder + "/layers/.new-" + digest("a").hex
    try Files.makeFolders(path + "/fs")
    var folder = open(path + "/fs", O_RDONLY | O_DIRECTORY)
    for _ in 0..<3000 {
      #expect(mkdirat(folder, "deep", 0o700) == 0)
      let next = openat(folder, "deep", O_RDONLY | O_DIRECTORY)
      close(folder)
      folder = next
    }
    close(folder)
    // Its turn comes to somebody else after whoever made it was killed.
    let draft = try some(scratch.store.layers.begin(digest("a")))
    #expect(Files.names(in: draft.path).isEmpty)
    try draft.publish(diffID: digest("1"), digest: digest("1"), size: 1, parent: nil)
    #expect(scratch.store.layers.contains(digest("a")))
  }
}
