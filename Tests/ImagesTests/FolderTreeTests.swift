import Glibc
import Runtime
import Testing

@testable import Images

@Suite struct FolderTreeTests {
  private let scratch = StoreScratch()

  @Test func allIsRemoved() throws {
    let path = scratch.folder + "/tree"
    try Files.makeFolders(path + "/a/b/c")
    try Files.makeFolders(path + "/a/d")
    for name in ["x", "a/x", "a/b/x", "a/b/c/x", "a/d/y\u{301}"] { try Files.replace(path + "/" + name, [1]) }
    try Files.makeFolders(scratch.folder + "/kept")
    try Files.replace(scratch.folder + "/kept/file", [1])
    #expect(symlink(scratch.folder + "/kept", path + "/a/link") == 0)
    #expect(mkfifo(path + "/a/pipe", 0o600) == 0)
    #expect(creat(path.utf8CString.dropLast() + [0x2F, -1, -2, 0], 0o600) >= 0)
    FolderTree.remove(path)
    #expect(!Files.exists(path))
    #expect(scratch.names("kept") == ["file"])
    FolderTree.remove(path)
  }

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
