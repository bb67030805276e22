import CShim
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

extension Scratch {
  /// An overlay of layers, the top one first, which is mounted nowhere.
  func overlay(_ layers: [String]) throws -> OwnedFD {
    let upper = folder("upper-\(layers.joined())")
    let work = folder("work-\(layers.joined())")
    return try Overlay.mount(lower: layers.map { path + "/" + $0 }, upper: upper, work: work)
  }

  static func names(_ folder: CInt, _ path: String = ".") throws -> [String] {
    let opened = try Files.open(path, O_RDONLY | O_DIRECTORY, in: folder)
    return try FolderRemoval.names(opened.raw, []).map { String(decoding: $0, as: UTF8.self) }
  }

  static func text(_ folder: CInt, _ path: String) throws -> String {
    String(decoding: try Files.read(path, in: folder), as: UTF8.self)
  }
}

@Suite struct WhiteoutTests {
  @Test func deletions() throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "low") { tar in
      for folder in ["kept", "gone", "emptied", "replaced", "swapped"] {
        tar.folder(folder)
        tar.file(folder + "/low", "low")
      }
      tar.file("file", "low")
      tar.file("other", "low")
      tar.file("became", "low")
    }
    let layer = try scratch.unpack(into: "top") { tar in
      tar.file(".wh.gone")
      tar.file(".wh.other")
      tar.folder("kept")
      tar.file("kept/.wh.low")
      tar.file("kept/new", "top")
      // The opaque marker hides lower layers alone, wherever it stands.
      tar.folder("emptied")
      tar.file("emptied/before", "top")
      tar.file("emptied/.wh.low")
      tar.file("emptied/.wh..wh..opq")
      tar.file("emptied/after", "top")
      tar.file("emptied/.wh.another")
      // What the same layer brings stays, and hides what was there.
      tar.folder("replaced")
      tar.file("replaced/new", "top")
      tar.file(".wh.replaced")
      tar.file(".wh.swapped")
      tar.file("swapped/new", "top")
      tar.file("file", "top")
      tar.file(".wh.file")
      tar.folder("became")
      tar.file("became/new", "top")
      tar.file(".wh..wh.plnk/x", "aufs")
      tar.file(".wh..wh.aufs", "aufs")
    }
    try scratch.complete(layer, "top", above: ["low"])
    #expect(
      scratch.isWhiteout("top/gone") && scratch.isWhiteout("top/other") && scratch.isWhiteout("top/kept/low"))
    #expect(
      scratch.isOpaque("top/emptied") && scratch.isOpaque("top/replaced") && scratch.isOpaque("top/swapped"))
    #expect(!scratch.isOpaque("top/kept"))
    let merged = try scratch.overlay(["top", "low"])
    #expect(try Scratch.names(merged.raw) == ["became", "emptied", "file", "kept", "replaced", "swapped"])
    #expect(try Scratch.names(merged.raw, "kept") == ["new"])
    #expect(try Scratch.names(merged.raw, "emptied") == ["after", "before"])
    #expect(try Scratch.names(merged.raw, "replaced") == ["new"])
    #expect(try Scratch.names(merged.raw, "swapped") == ["new"])
    #expect(try Scratch.names(merged.raw, "became") == ["new"])
    #expect(try Scratch.text(merged.raw, "file") == "top")
  }

  /// Where nothing is below, an overlay would show whiteouts as devices.
  @Test func deletionsOfNothing() throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "low") { $0.folder("shared") }
    let layer = try scratch.unpack(into: "top") { tar in
      tar.folder("own")
      tar.file("own/.wh.file")
      tar.folder("shared")
      tar.file("shared/.wh.file")
    }
    try scratch.complete(layer, "top", above: ["low"])
    #expect(!scratch.isWhiteout("top/own/file") && scratch.isWhiteout("top/shared/file"))
    #expect(scratch.status("top/own")?.st_mtim.tv_sec == 1_700_000_000)
    let merged = try scratch.overlay(["top", "low"])
    #expect(try Scratch.names(merged.raw, "own") == [] && Scratch.names(merged.raw, "shared") == [])
  }

  /// An overlay shows all roots, so each name is deleted by itself.
  @Test func opaqueRoot() throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "lowest") { tar in
      tar.file("one", "low")
      tar.folder("folder")
      tar.file("folder/low", "low")
    }
    _ = try scratch.unpack(into: "low") { $0.file("two", "low") }
    let layer = try scratch.unpack(into: "top") { tar in
      tar.folder("folder")
      tar.file("folder/top", "top")
      tar.file(".wh..wh..opq")
    }
    #expect(!layer.rest.isEmpty)
    try scratch.complete(layer, "top", above: ["low", "lowest"])
    let merged = try scratch.overlay(["top", "low", "lowest"])
    #expect(try Scratch.names(merged.raw) == ["folder"])
    #expect(try Scratch.names(merged.raw, "folder") == ["top"])
  }

  @Test func devicesOfAnyOtherNumber() throws {
    let scratch = Scratch()
    _ = try scratch.unpack { $0.entry("zero", type: "3", mode: 0o666, device: (1, 5)) }
    #expect(!scratch.isWhiteout("fs/zero") && scratch.status("fs/zero") != nil)
  }
}

@Suite struct LayersBelowTests {
  /// Folders that a layer's archive does not name are what they are below.
  @Test func impliedFolders() throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "lowest") { tar in
      tar.entry("./", type: "5", mode: 0o711)
      tar.entry("var", type: "5", mode: 0o700, uid: 1, gid: 2, time: 1_000_000)
      tar.pax([("SCHILY.xattr.user.said", Array("low".utf8))])
      tar.entry("var/lib", type: "5", mode: 0o1777, gid: 50)
      tar.folder("hidden", mode: 0o700)
      tar.symbolicLink("link", to: "var")
    }
    let low = try scratch.unpack(into: "low") { tar in
      tar.file(".wh.hidden")
      tar.entry("var/lib", type: "5", mode: 0o3770, uid: 9)
    }
    try scratch.complete(low, "low", above: ["lowest"])
    let layer = try scratch.unpack(into: "top") { tar in
      tar.file("var/lib/deep/file", "top")
      tar.file("hidden/file", "top")
      tar.file("named/file", "top")
      tar.folder("named", mode: 0o750)
    }
    // They may be unpacked in any order.
    #expect(scratch.mode("top/var") == 0o755)
    try scratch.complete(layer, "top", above: ["low", "lowest"])
    #expect(scratch.mode("top") == 0o711)
    let folder = try #require(scratch.status("top/var"))
    #expect(folder.st_mode & 0o7777 == 0o700 && folder.st_uid == 1 && folder.st_gid == 2)
    #expect(folder.st_mtim.tv_sec == 1_000_000)
    #expect(scratch.mode("top/var/lib") == 0o3770 && scratch.status("top/var/lib")?.st_uid == 9)
    #expect(scratch.mode("top/var/lib/deep") == 0o755)
    #expect(scratch.mode("top/hidden") == 0o755 && scratch.mode("top/named") == 0o750)
  }

  @Test func linksIntoLayersBelow() throws {
    let scratch = Scratch()
    let first = try scratch.unpack(into: "lowest") { tar in
      tar.entry("usr", type: "5", mode: 0o711, uid: 3)
      tar.entry("usr/bin", type: "5", mode: 0o750, gid: 4, time: 1_000_000)
      tar.pax([("SCHILY.xattr.user.said", Array("low".utf8)), ("mtime", Array("77.5".utf8))])
      tar.entry("usr/bin/tool", mode: 0o4711, uid: 5, gid: 6, "tool")
      tar.symbolicLink("bin", to: "/usr/bin")
      tar.symbolicLink("usr/bin/alias", to: "tool")
      tar.file("gone", "x")
      tar.file("hidden", "x")
    }
    try scratch.complete(first, "lowest", above: [])
    _ = try scratch.unpack(into: "low") { $0.file(".wh.gone") }
    let layer = try scratch.unpack(into: "top") { tar in
      tar.folder("opt")
      tar.hardLink("opt/tool", to: "bin/tool")
      tar.hardLink("opt/again", to: "opt/tool")
      tar.hardLink("opt/alias", to: "usr/bin/alias")
      tar.hardLink("opt/replaced", to: "bin/tool")
      tar.file("opt/replaced", "a file")
    }
    #expect(scratch.status("top/opt/tool") == nil)
    try scratch.complete(layer, "top", above: ["low", "lowest"])
    let tool = try #require(scratch.status("top/opt/tool"))
    // Copied up as an overlay does, with all that is said of it.
    #expect(tool.st_ino == scratch.status("top/usr/bin/tool")?.st_ino)
    #expect(tool.st_ino == scratch.status("top/opt/again")?.st_ino)
    #expect(tool.st_mode & 0o7777 == 0o4711 && tool.st_uid == 5 && tool.st_gid == 6)
    #expect(tool.st_mtim.tv_sec == 77 && tool.st_mtim.tv_nsec == 500_000_000)
    #expect(scratch.attribute("user.said", of: "top/opt/tool") == Array("low".utf8))
    #expect(scratch.mode("top/usr") == 0o711 && scratch.mode("top/usr/bin") == 0o750)
    #expect(scratch.status("top/usr/bin")?.st_mtim.tv_sec == 1_000_000)
    #expect(scratch.status("top/opt")?.st_mtim.tv_sec == 1_700_000_000)
    #expect(scratch.status("top/bin") == nil)
    #expect(scratch.status("top/opt/alias").map { $0.st_mode & S_IFMT } == S_IFLNK)
    #expect(scratch.text("top/opt/replaced") == "a file")
    let merged = try scratch.overlay(["top", "low", "lowest"])
    #expect(try Scratch.text(merged.raw, "opt/tool") == "tool")
    #expect(try Scratch.names(merged.raw, "usr/bin") == ["alias", "tool"])
  }

  @Test(arguments: ["gone", "hidden/file", "nowhere", "folder/low", "own"])
  func linksToWhatIsDeleted(_ target: String) throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "lowest") { tar in
      tar.file("gone", "x")
      tar.file("hidden/file", "x")
      tar.file("folder/low", "x")
      tar.file("own", "x")
    }
    _ = try scratch.unpack(into: "low") { tar in
      tar.file(".wh.gone")
      tar.folder("hidden")
      tar.file("hidden/.wh..wh..opq")
      tar.file("folder", "a file now")
    }
    let error = #expect(throws: Failure.self) {
      let layer = try scratch.unpack(into: "top") { tar in
        tar.file(".wh.own")
        tar.hardLink("link", to: target)
      }
      try scratch.complete(layer, "top", above: ["low", "lowest"])
    }
    let text = try #require(error?.description)
    #expect(text.contains("deleted") || text.contains("not a directory"), "\(text)")
    #expect(scratch.status("top/link") == nil)
  }

  /// As many as an overlay can have.
  @Test func manyLayersBelow() throws {
    let scratch = Scratch()
    let names = (0..<499).map { "low-\($0)" }
    for name in names { try Files.makeFolders(scratch.folder(name) + "/a/b/c") }
    try scratch.run("echo found > low-498/a/b/c/file && chmod 700 low-0/a/b")
    let layer = try scratch.unpack(into: "top") { $0.hardLink("a/b/link", to: "a/b/c/file") }
    try scratch.complete(layer, "top", above: names)
    #expect(scratch.text("top/a/b/link") == "found\n" && scratch.mode("top/a/b") == 0o700)
  }

  @Test func linksThroughHostileLinksBelow() throws {
    let scratch = Scratch()
    try scratch.run("echo secret > secret")
    _ = try scratch.unpack(into: "low") { tar in
      tar.symbolicLink("out", to: "../../../../../../../.." + scratch.path)
      tar.symbolicLink("a", to: "b")
      tar.symbolicLink("b", to: "a")
    }
    for target in ["out/secret", "a/x"] {
      let layer = try scratch.unpack(into: "top") { $0.hardLink("link", to: target) }
      #expect(throws: Failure.self) { try scratch.complete(layer, "top", above: ["low"]) }
      #expect(scratch.status("top/link") == nil)
    }
  }
}
