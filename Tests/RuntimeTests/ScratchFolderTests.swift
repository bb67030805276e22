import CShim
import Glibc
import Testing

@testable import Runtime

@Suite struct ScratchFolderTests {
  private let folder: String

  init() throws {
    var template = Array("/tmp/swiftainer-scratch-XXXXXX".utf8CString)
    folder = String(cString: try #require(mkdtemp(&template)))
  }

  @Test func allIsRemoved() throws {
    defer { ScratchFolder.remove(folder) }
    let path = folder + "/tree"
    try Files.makeFolders(path + "/a/b/c")
    try Files.makeFolders(path + "/a/d")
    for name in ["x", "a/x", "a/b/x", "a/b/c/x", "a/d/y\u{301}"] { try Files.replace(path + "/" + name, [1]) }
    try Files.makeFolders(folder + "/kept")
    try Files.replace(folder + "/kept/file", [1])
    #expect(symlink(folder + "/kept", path + "/a/link") == 0)
    #expect(mkfifo(path + "/a/pipe", 0o600) == 0)
    #expect(creat(path.utf8CString.dropLast() + [0x2F, -1, -2, 0], 0o600) >= 0)
    #expect(ScratchFolder.remove(path))
    #expect(!Files.exists(path))
    #expect(Files.names(in: folder + "/kept") == ["file"])
    #expect(ScratchFolder.remove(path))
  }

  /// A path to the innermost folder is longer than the kernel takes.
  @Test func howeverDeep() throws {
    let name = String(repeating: "d", count: 200)
    var deepest = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    for _ in 0..<100 {
      #expect(mkdirat(deepest.raw, name, 0o700) == 0)
      deepest = try Files.open(name, O_RDONLY | O_DIRECTORY, in: deepest.raw)
    }
    #expect(mknodat(deepest.raw, "file", S_IFREG | 0o600, 0) == 0)
    #expect(ScratchFolder.remove(folder))
    #expect(!Files.exists(folder))
  }

  /// One file that cannot be removed keeps its folder, and nothing beside it.
  @Test(
    .enabled(if: isMadeImmutable("/tmp/swiftainer-immutable-\(getpid())"), "files can be made immutable"))
  func whatIsBesideAFileThatStays() throws {
    defer { ScratchFolder.remove(folder) }
    let path = folder + "/tree"
    try Files.makeFolders(path + "/a/big/below")
    try Files.replace(path + "/a/big/below/file", [1])
    try Files.replace(path + "/a/kept", [1])
    #expect(Self.setImmutable(true, path + "/a/kept"))
    #expect(!ScratchFolder.remove(path))
    #expect(Files.names(in: path) == ["a"])
    #expect(Files.names(in: path + "/a") == ["kept"])
    #expect(Self.setImmutable(false, path + "/a/kept"))
    #expect(ScratchFolder.remove(path))
  }

  /// - Returns: false on a file system that knows no such files, and without the right to make one.
  private static func setImmutable(_ isImmutable: Bool, _ path: String) -> Bool {
    guard let file = try? Files.open(path, O_RDONLY) else { return false }
    var flags: CInt = 0
    let (get, set, immutable) = (UInt(0x8008_6601), UInt(0x4008_6602), CInt(0x10))
    guard shim_ioctl(file.raw, get, &flags) == 0 else { return false }
    flags = isImmutable ? flags | immutable : flags & ~immutable
    return shim_ioctl(file.raw, set, &flags) == 0
  }

  private static func isMadeImmutable(_ path: String) -> Bool {
    try? Files.replace(path, [])
    defer { unlink(path) }
    return setImmutable(true, path) && setImmutable(false, path)
  }

  @Test func whatIsNoFolder() throws {
    defer { ScratchFolder.remove(folder) }
    try Files.replace(folder + "/file", [1])
    #expect(symlink(folder + "/file", folder + "/link") == 0)
    #expect(ScratchFolder.remove(folder + "/link"))
    #expect(Files.names(in: folder) == ["file"])
    #expect(ScratchFolder.remove(folder + "/file"))
    #expect(Files.names(in: folder).isEmpty)
  }
}
