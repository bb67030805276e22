import CShim
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

@Suite struct HostileTests {
  @Test(arguments: ["../out", "a/../../out", "a/../b", "..", "/../out", "a/..", "./../out"])
  func namesThatLeadOut(_ name: String) {
    let scratch = Scratch()
    #expect(scratch.refusal { $0.file(name, "x") }.contains("`..` is in its name"))
    #expect(scratch.refusal { $0.hardLink("link", to: name) }.contains("`..` is in its name"))
    #expect(scratch.status("out") == nil)
  }

  /// A slash at the beginning is the layer's root.
  @Test func absoluteNames() throws {
    let scratch = Scratch()
    _ = try scratch.unpack { tar in
      tar.file("/etc/swiftainer-absolute", "x")
      tar.hardLink("link", to: "/etc/swiftainer-absolute")
    }
    #expect(scratch.text("fs/etc/swiftainer-absolute") == "x" && scratch.text("fs/link") == "x")
    #expect(access("/etc/swiftainer-absolute", F_OK) != 0)
  }

  @Test(arguments: ["/", "/..", "../../../../../../../..", "..", "a/../../.."])
  func linksThatLeadOut(_ target: String) throws {
    let scratch = Scratch()
    let outside = scratch.folder("outside")
    _ = try scratch.unpack { tar in
      tar.folder("a")
      tar.symbolicLink("link", to: target)
      tar.file("link/made", "inside")
      tar.symbolicLink("chain", to: "link" + outside)
      tar.file("chain/made", "inside")
      tar.symbolicLink("absolute", to: outside)
      tar.file("absolute/other", "inside")
      tar.symbolicLink("file", to: outside + "/new")
      tar.file("file", "in place of the link")
    }
    #expect(scratch.text("fs/made") == "inside")
    #expect(scratch.text("fs" + outside + "/made") == "inside")
    #expect(scratch.text("fs" + outside + "/other") == "inside")
    #expect(scratch.text("fs/file") == "in place of the link")
    #expect(try scratch.run("ls outside") == "")
  }

  @Test func linksToFilesOutside() throws {
    let scratch = Scratch()
    try scratch.run("echo secret > secret")
    let secret = scratch.path + "/secret"
    // The path is looked for in the layer, where it is not.
    let layer = try scratch.unpack { tar in
      tar.symbolicLink("out", to: scratch.path)
      tar.hardLink("one", to: secret)
      tar.hardLink("two", to: "out/secret")
    }
    #expect(scratch.status("fs/one") == nil && scratch.status("fs/two") == nil)
    let error = #expect(throws: Failure.self) { try scratch.complete(layer, "fs", above: []) }
    #expect(error?.description.contains("no layer has it, or it is deleted") == true)
    #expect(scratch.status("secret")?.st_nlink == 1)
  }

  @Test func loops() {
    let scratch = Scratch()
    let error = scratch.refusal { tar in
      tar.symbolicLink("a", to: "b")
      tar.symbolicLink("b", to: "a")
      tar.file("a/file", "x")
    }
    #expect(error.contains("too many levels of symbolic links"))
    #expect(scratch.refusal { $0.hardLink("self", to: "self") }.contains("a link to itself"))
  }

  @Test func linksToFolders() {
    let scratch = Scratch()
    let error = scratch.refusal { tar in
      tar.folder("a")
      tar.hardLink("b", to: "a")
    }
    #expect(error.contains("a link to a folder"))
    #expect(scratch.refusal { $0.hardLink("b", to: "/") }.contains("a link to a folder"))
  }

  @Test func filesAsFolders() {
    let scratch = Scratch()
    let error = scratch.refusal { tar in
      tar.file("a", "x")
      tar.file("a/b", "x")
    }
    #expect(error.contains("a is no folder"))
  }

  @Test func aDeletingDevice() {
    #expect(Scratch().refusal { $0.entry("null", type: "3", device: (0, 0)) }.contains("the device 0:0"))
  }

  @Test func theRoot() {
    let scratch = Scratch()
    for name in ["./", "/", ".", "././."] {
      #expect(scratch.refusal { $0.file(name, "x") } != "")
      #expect(scratch.refusal { $0.symbolicLink(name, to: "/etc") }.contains("the layer's root"))
      #expect(scratch.refusal { $0.hardLink(name, to: "a") }.contains("the layer's root"))
    }
  }

  @Test func longNames() {
    let scratch = Scratch()
    let part = String(repeating: "x", count: 256)
    #expect(
      scratch.refusal { tar in
        tar.long("L", Array(part.utf8))
        tar.file("short")
      }.contains("has 256 bytes, more than 255"))
    let path = (0..<25).map { _ in String(repeating: "y", count: 200) }.joined(separator: "/")
    #expect(
      scratch.refusal { tar in
        tar.pax([("path", Array(path.utf8))])
        tar.file("short")
      }.contains("longer than 4095"))
    #expect(
      scratch.refusal { tar in
        tar.long("L", [UInt8](repeating: 0x61, count: 2 << 20))
        tar.file("short")
      } != "")
    var limits = UnpackLimits()
    limits.depth = 10
    #expect(
      scratch.refusal(limits: limits) { $0.file("a/b/c/d/e/f/g/h/i/j/k") }.contains(
        "11 folders deep, more than 10"))
  }

  /// As deep as names allow; links make them deeper than the kernel takes.
  @Test func deepFolders() throws {
    let scratch = Scratch()
    let deep = (0..<900).map { _ in "d" }.joined(separator: "/")
    _ = try scratch.unpack { tar in
      tar.pax([("path", Array((deep + "/file").utf8))])
      tar.file("short", "deep")
    }
    #expect(try scratch.run("cat fs/\(deep)/file") == "deep")
    let half = (0..<12).map { _ in String(repeating: "z", count: 200) }.joined(separator: "/")
    let error = Scratch().refusal { tar in
      tar.long("K", Array(half.utf8))
      tar.symbolicLink("a", to: "x")
      tar.long("L", Array(("a/" + half + "/file").utf8))
      tar.file("short", "x")
    }
    #expect(error.contains("file name too long"))
  }

  @Test(arguments: ["x", "L", "K"] as [Character])
  func namesWithNUL(_ type: Character) {
    let name = Array("etc/passwd\0.txt".utf8)
    let error = Scratch().refusal { tar in
      if type == "x" {
        tar.pax([("mtime", Array("1".utf8)), ("path", name)])
      } else {
        tar.long(type, name)
      }
      tar.symbolicLink("short", to: "x")
    }
    #expect(error == "unpack etc/passwd: its name has a NUL in it")
  }

  @Test func linksWithNUL() {
    let error = Scratch().refusal { tar in
      tar.pax([("linkpath", Array("a\0b".utf8))])
      tar.symbolicLink("short", to: "x")
    }
    #expect(error == "unpack a: its name has a NUL in it")
  }

  /// The check keeps pace with headers behind much data.
  @Test func namesWithNULBehindData() {
    let error = Scratch().refusal { tar in
      tar.file("big", String(repeating: "x", count: 3_000_000))
      tar.pax([("comment", [UInt8](repeating: 0x61, count: 700_000)), ("path", Array("a\0b".utf8))])
      tar.file("short", "x")
    }
    #expect(error.contains("NUL"))
  }

  /// More headers than are kept are refused, since they cannot be checked.
  @Test func namesWithNULAheadOfManyHeaders() {
    let filler = [UInt8](repeating: 0x61, count: 900_000)
    let error = Scratch().refusal { tar in
      tar.pax([("path", Array("a\0b".utf8))])
      tar.long("K", filler)
      tar.pax([("comment", filler)], type: "g")
      tar.file("short", "x")
    }
    #expect(error.contains("NUL") || error.contains("are too long"), "\(error)")
  }

  @Test(arguments: [".wh.", ".wh..", ".wh...", "a/.wh..", "a/.wh..."])
  func whiteoutsOfTheRoot(_ name: String) {
    #expect(
      Scratch().refusal { $0.file(name) }.contains("a whiteout of a folder that it is in, or of nothing"))
  }

  @Test func whiteoutsAsFolders() {
    #expect(Scratch().refusal { $0.file(".wh.a/b") }.contains("a whiteout is used as a folder"))
  }

  @Test func manyBytes() throws {
    let scratch = Scratch()
    var limits = UnpackLimits()
    limits.bytes = 1 << 20
    let big = TarBytes { $0.entry(Array("zeros".utf8), [UInt8](repeating: 0, count: 4 << 20)) }.whole
    for compression in MediaType.Compression.allCases {
      let bytes = try Scratch.compressed(big, compression)
      let error = #expect(throws: Failure.self) { try scratch.unpack(bytes, limits: limits) }
      #expect(error?.description == "unpack layer: larger than 1048576 bytes")
    }
    // Holes are no bytes of the archive.
    let error = scratch.refusal(limits: limits) { tar in
      tar.pax([
        ("GNU.sparse.major", Array("0".utf8)), ("GNU.sparse.minor", Array("1".utf8)),
        ("GNU.sparse.size", Array("9000000000000".utf8)), ("GNU.sparse.map", Array("0,1".utf8)),
      ])
      tar.file("sparse", "x")
    }
    #expect(error.contains("larger than"))
  }

  @Test func ratio() throws {
    var limits = UnpackLimits()
    limits.ratio = 500
    limits.ratioBytes = 1 << 20
    let big = TarBytes { $0.entry(Array("zeros".utf8), [UInt8](repeating: 0, count: 8 << 20)) }.whole
    let bytes = try Scratch.compressed(big, .zstd)
    let error = #expect(throws: Failure.self) { try Scratch().unpack(bytes, limits: limits) }
    #expect(error?.description.contains("stand for more than 500 times as many") == true)
    // What gzip reaches is no bomb.
    let usual = Scratch()
    try usual.unpack(Scratch.compressed(big, .gzip))
  }

  @Test func manyEntries() {
    let scratch = Scratch()
    var limits = UnpackLimits()
    limits.entries = 10
    #expect(
      scratch.refusal(limits: limits) { tar in
        for _ in 0..<11 { tar.file("same") }
      } == "unpack layer: more than 10 entries")
    limits = UnpackLimits()
    limits.memory = 10_000
    #expect(
      scratch.refusal(limits: limits) { tar in
        for number in 0..<100 { tar.folder("folder-\(number)") }
      }.contains("to remember"))
  }

  @Test func cutArchives() throws {
    let whole = TarBytes { tar in
      tar.file("a", String(repeating: "x", count: 5000))
      tar.pax([("path", Array("b".utf8))])
      tar.file("short", "y")
    }.whole
    for end in [100, 511, 700, 3000, 5200, 5632 + 512 + 100] {
      let error = #expect(throws: Failure.self, "\(end)") { try Scratch().unpack(Array(whole[..<end])) }
      #expect(error?.description.isEmpty == false)
    }
  }

  @Test func noArchive() {
    for bytes in [Array("this is no archive".utf8), [UInt8](repeating: 0x41, count: 2000)] {
      #expect(throws: Failure.self) { try Scratch().unpack(bytes) }
    }
    var wrong = TarBytes { $0.file("a", "b") }.whole
    wrong[0] ^= 1
    #expect(throws: Failure.self) { try Scratch().unpack(wrong) }
  }

  @Test func impossibleOwners() {
    for number in ["4294967295", "4294967296", "-1"] {
      let error = Scratch().refusal { tar in
        tar.pax([("uid", Array(number.utf8))])
        tar.file("a")
      }
      #expect(error.contains("impossible owner"), "\(number)")
    }
  }

  /// What fails first is told to who writes, and to who ends.
  @Test func failureReachesTheWriter() throws {
    let scratch = Scratch()
    let opened = try Files.open(scratch.folder("fs"), O_RDONLY | O_DIRECTORY)
    let unpacker = try LayerUnpacker(into: opened.raw, name: "layer")
    let start = TarBytes { $0.file("../out", "x") }.bytes
    let more = [UInt8](repeating: 0, count: 1 << 20)
    let error = #expect(throws: Failure.self) {
      try start.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
      for _ in 0..<10 { try more.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) } }
    }
    #expect(error?.description.contains("..") == true)
    #expect(throws: Failure.self) { try unpacker.finish() }
  }

  /// Whatever bytes come, the end is an error or a folder: found by changing one after the other.
  @Test func changedBytes() throws {
    let whole = TarBytes { tar in
      tar.pax([("path", Array("some/name".utf8)), ("mtime", Array("1.5".utf8))])
      tar.file("short", "content")
      tar.long("L", Array("long name".utf8))
      tar.folder("short")
      tar.symbolicLink("link", to: "target")
      tar.hardLink("hard", to: "some/name")
    }.whole
    let scratch = Scratch()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      // Headers with the right sums are read further.
      for block in stride(from: 0, to: bytes.count, by: 512) where bytes[block + 257] == 0x75 {
        for at in 148..<156 { bytes[block + at] = 0x20 }
        let sum = String(bytes[block..<block + 512].reduce(0) { $0 + Int($1) }, radix: 8)
        let digits = Array((String(repeating: "0", count: 6 - min(6, sum.count)) + sum).utf8)
        for (at, digit) in digits.prefix(6).enumerated() { bytes[block + 148 + at] = digit }
      }
      _ = try? scratch.unpack(bytes)
      ScratchFolder.remove(scratch.path + "/fs")
    }
    #expect(try scratch.run("ls -A").isEmpty)
  }
}
