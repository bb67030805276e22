import CShim
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

@Suite struct UnpackTests {
  @Test(arguments: MediaType.Compression.allCases)
  func whatALayerBrings(_ compression: MediaType.Compression) throws {
    let scratch = Scratch()
    let archive = TarBytes { tar in
      tar.folder("./", mode: 0o750)
      tar.folder("bin/", mode: 0o1777)
      tar.entry("bin/su", mode: 0o4755, uid: 0, gid: 7, "program")
      tar.entry("bin/own", mode: 0o640, uid: 1000, gid: 1001, time: 1_600_000_000, "x")
      tar.symbolicLink("bin/sh", to: "/bin/busybox")
      tar.hardLink("bin/other", to: "./bin/own")
      tar.entry("null", type: "3", mode: 0o666, device: (1, 3))
      tar.entry("disk", type: "4", mode: 0o660, gid: 6, device: (8, 1))
      tar.entry("pipe", type: "6", mode: 0o600)
      tar.file("deep/er/file", "deep")
    }.whole
    let layer = try scratch.unpack(Scratch.compressed(archive, compression))
    #expect(layer.compression == compression)
    #expect(layer.size == archive.count && layer.entries == 10)
    #expect(layer.diffID == StreamDigest.digest(of: archive))
    #expect(scratch.mode("fs") == 0o750)
    #expect(scratch.mode("fs/bin") == 0o1777)
    #expect(scratch.mode("fs/bin/su") == 0o4755)
    #expect(scratch.status("fs/bin/su")?.st_gid == 7)
    let own = try #require(scratch.status("fs/bin/own"))
    #expect(own.st_uid == 1000 && own.st_gid == 1001 && own.st_mtim.tv_sec == 1_600_000_000)
    #expect(scratch.status("fs/bin/other")?.st_ino == own.st_ino)
    #expect(try scratch.run("readlink fs/bin/sh") == "/bin/busybox\n")
    #expect(scratch.status("fs/null")?.st_rdev == shim_device(1, 3))
    #expect(scratch.status("fs/disk").map { $0.st_mode } == S_IFBLK | 0o660)
    #expect(scratch.status("fs/pipe").map { $0.st_mode } == S_IFIFO | 0o600)
    #expect(scratch.text("fs/deep/er/file") == "deep")
    #expect(scratch.mode("fs/deep") == 0o755)
    // The folder's own time, though something was put into it later.
    #expect(scratch.status("fs/bin")?.st_mtim.tv_sec == 1_700_000_000)
    #expect(!layer.rest.folders.contains([]) && layer.rest.folders.count == 2)
  }

  @Test func extendedHeaders() throws {
    let scratch = Scratch()
    let long = (0..<20).map { "folder-\($0)-of-many" }.joined(separator: "/") + "/file"
    let decomposed = Array("e\u{301}".utf8)
    _ = try scratch.unpack { tar in
      tar.pax([
        ("path", Array("attributes".utf8)), ("mtime", Array("1234567890.123456789".utf8)),
        ("uid", Array("3000000".utf8)),
        ("SCHILY.xattr.user.one", [1, 0, 2]), ("SCHILY.xattr.security.selinux", Array("no".utf8)),
        ("SCHILY.xattr.trusted.overlay.opaque", Array("y".utf8)),
        ("SCHILY.xattr.trusted.own", Array("yes".utf8)),
        ("SCHILY.xattr.security.capability", [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      ])
      tar.file("short", "x", mode: 0o755)
      tar.pax([("path", Array(long.utf8))])
      tar.file("short", "pax")
      tar.long("L", Array((long + "-gnu").utf8))
      tar.file("short", "gnu")
      tar.long("K", Array(long.utf8))
      tar.symbolicLink("link", to: "short")
      // Bytes are names, whatever they mean: the same letter in two forms, and no letter at all.
      tar.pax([("path", decomposed)])
      tar.file("short", "decomposed")
      tar.pax([("path", Array("\u{e9}".utf8))])
      tar.file("short", "composed")
      tar.pax([("path", [0xFF, 0xFE])])
      tar.file("short", "bytes")
      tar.pax([("path", Array("ln".utf8)), ("linkpath", decomposed)])
      tar.symbolicLink("short", to: "short")
      tar.pax([("path", Array("hard".utf8)), ("linkpath", decomposed)])
      tar.hardLink("short", to: "short")
    }
    let status = try #require(scratch.status("fs/attributes"))
    #expect(status.st_mtim.tv_sec == 1_234_567_890 && status.st_mtim.tv_nsec == 123_456_789)
    #expect(status.st_uid == 3_000_000)
    #expect(scratch.attribute("user.one", of: "fs/attributes") == [1, 0, 2])
    #expect(scratch.attribute("trusted.own", of: "fs/attributes") == Array("yes".utf8))
    #expect(scratch.attribute("security.capability", of: "fs/attributes")?.count == 20)
    #expect(scratch.attribute("trusted.overlay.opaque", of: "fs/attributes") == nil)
    #expect(scratch.text("fs/" + long) == "pax")
    #expect(scratch.text("fs/" + long + "-gnu") == "gnu")
    #expect(try scratch.run("readlink fs/link") == long + "\n")
    let opened = try Files.open(scratch.path + "/fs", O_RDONLY)
    let names = try FolderRemoval.names(opened.raw, [])
    #expect(
      names.contains(decomposed) && names.contains(Array("\u{e9}".utf8)) && names.contains([0xFF, 0xFE]))
    #expect(try scratch.run("cat fs/$(readlink fs/ln)") == "decomposed")
    #expect(try scratch.run("cat fs/hard") == "decomposed")
  }

  @Test(arguments: ["gnu", "posix", "ustar", "oldgnu"])
  func likeTar(_ format: String) throws {
    let scratch = Scratch()
    try scratch.run(
      """
      mkdir -p source/a/b source/empty && cd source && echo one > a/one && ln a/one a/b/two && ln -s ../one a/b/link \
      && mkfifo a/pipe && head -c 300000 /dev/urandom > big && chmod 4711 big && chown 12:34 a/b \
      && touch -d @1000000000 a a/one && : > '\(String(repeating: "n", count: 90))'
      """)
    try scratch.run(
      "tar --format=\(format) -cf archive.tar -C source . && mkdir judge && tar -xpf archive.tar -C judge")
    try scratch.unpack(Files.read(scratch.path + "/archive.tar"))
    #expect(try scratch.listing("fs") == scratch.listing("judge"))
  }

  @Test(arguments: [
    "--format=gnu", "--format=posix --sparse-version=0.0", "--format=posix --sparse-version=0.1",
    "--format=posix --sparse-version=1.0",
  ])
  func holes(_ options: String) throws {
    let scratch = Scratch()
    try scratch.run(
      "truncate -s 20M s && for at in 1 3 5 7 9 11; do printf x$at | dd of=s bs=1M seek=$at conv=notrunc status=none; done"
    )
    try scratch.run("tar \(options) -S -cf archive.tar s && ls -s archive.tar")
    try scratch.unpack(Files.read(scratch.path + "/archive.tar"))
    #expect(try scratch.run("cmp s fs/s && echo same") == "same\n")
    // Its holes are holes.
    #expect(scratch.status("fs/s")!.st_blocks < 2048)
  }

  @Test func replacing() throws {
    let scratch = Scratch()
    _ = try scratch.unpack { tar in
      tar.folder("a")
      tar.folder("a/b")
      tar.file("a/b/c", "in a folder")
      tar.file("a", "a file")
      tar.file("b", "a file")
      tar.folder("b")
      tar.file("b/c", "in a folder")
      tar.file("c", "first")
      tar.hardLink("d", to: "c")
      tar.file("c", "second")
      tar.folder("e")
      tar.file("e/file", "kept")
      tar.folder("e", mode: 0o700)
      tar.symbolicLink("f", to: "e")
      tar.folder("f")
      tar.file("f/file", "not through the link")
    }
    #expect(scratch.text("fs/a") == "a file")
    #expect(scratch.text("fs/b/c") == "in a folder")
    // What it replaced would have hidden what is below.
    #expect(scratch.isOpaque("fs/b") && scratch.isOpaque("fs/f") && !scratch.isOpaque("fs/e"))
    #expect(scratch.text("fs/c") == "second" && scratch.text("fs/d") == "first")
    #expect(scratch.text("fs/e/file") == "kept" && scratch.mode("fs/e") == 0o700)
    #expect(scratch.text("fs/f/file") == "not through the link")
  }

  @Test func groupsOfFolders() throws {
    let scratch = Scratch()
    _ = try scratch.unpack { tar in
      tar.entry("shared", type: "5", mode: 0o2775, gid: 50)
      tar.file("shared/file", "x")
      tar.folder("shared/folder")
      tar.file("shared/implied/file", "x")
      tar.symbolicLink("shared/link", to: "x")
    }
    for name in ["file", "folder", "implied", "implied/file", "link"] {
      #expect(scratch.status("fs/shared/" + name)?.st_gid == 0, "\(name)")
    }
    #expect(scratch.mode("fs/shared/folder") == 0o755)
  }

  /// Links on the way are the root's own, whatever they say.
  @Test func linksOnTheWay() throws {
    let scratch = Scratch()
    _ = try scratch.unpack { tar in
      tar.symbolicLink("lib", to: "/usr/lib")
      tar.file("lib/one", "1")
      tar.folder("usr")
      tar.file("usr/lib/two", "2")
      tar.symbolicLink("chain", to: "lib/../lib/./x")
      tar.file("chain/three", "3")
      tar.hardLink("four", to: "lib/one")
      tar.folder("lib/sub", mode: 0o711)
    }
    #expect(scratch.text("fs/usr/lib/one") == "1" && scratch.text("fs/usr/lib/two") == "2")
    #expect(scratch.text("fs/usr/lib/x/three") == "3" && scratch.text("fs/four") == "1")
    #expect(scratch.mode("fs/usr/lib/sub") == 0o711)
  }

  @Test func nothing() throws {
    let scratch = Scratch()
    for (name, bytes) in [("empty", []), ("end", TarBytes().whole)] as [(String, [UInt8])] {
      let layer = try scratch.unpack(bytes, into: name)
      #expect(layer.entries == 0 && layer.size == bytes.count)
      #expect(layer.diffID == StreamDigest.digest(of: bytes))
    }
  }

  @Test func bytesBehindTheEndAreHashed() throws {
    let scratch = Scratch()
    let bytes = TarBytes { $0.file("a", "b") }.whole + [UInt8](repeating: 7, count: 300_000)
    let layer = try scratch.unpack(Scratch.compressed(bytes, .gzip))
    #expect(layer.diffID == StreamDigest.digest(of: bytes))
  }

  @Test func umaskIsNotAsked() throws {
    nonisolated(unsafe) let scratch = Scratch()
    let thread = try Thread {
      // Its own from now on: other tests make files meanwhile.
      #expect(shim_take_files_as_given() == 0)
      umask(0o077)
      _ = try? scratch.unpack { tar in
        tar.folder("a", mode: 0o777)
        tar.file("a/b", "", mode: 0o666)
      }
    }
    thread.join()
    #expect(scratch.mode("fs/a") == 0o777 && scratch.mode("fs/a/b") == 0o666)
  }

  @Test func memoryStaysSmall() throws {
    let scratch = Scratch()
    let opened = try Files.open(scratch.folder("fs"), O_RDONLY | O_DIRECTORY)
    let unpacker = try LayerUnpacker(into: opened.raw, name: "layer")
    let size = 192 << 20
    let header = TarBytes { $0.entry("big", size: size) }.bytes
    try header.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
    func resident() -> Int {
      let text = String(decoding: try! Files.read("/proc/self/statm"), as: UTF8.self)
      return Int(text.split(separator: " ")[1])! * 4096
    }
    let part = [UInt8](repeating: 5, count: 1 << 20)
    let before = resident()
    for _ in 0..<size >> 20 {
      try part.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
    }
    // Other tests of this process have theirs meanwhile.
    #expect(resident() - before < size / 2)
    try [UInt8](repeating: 0, count: 1024).withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
    #expect(try unpacker.finish().size == Int64(size + 512 + 1024))
    #expect(scratch.status("fs/big")?.st_size == size)
  }

  @Test func givenUp() throws {
    let scratch = Scratch()
    let opened = try Files.open(scratch.folder("fs"), O_RDONLY | O_DIRECTORY)
    do {
      let unpacker = try LayerUnpacker(into: opened.raw, name: "layer")
      let bytes = TarBytes { $0.entry("big", size: 1 << 30) }.bytes
      try bytes.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
    }
    // Its thread has ended with it.
    #expect(try scratch.run("ls fs | wc -l") != "")
  }
}
