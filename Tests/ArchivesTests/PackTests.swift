import CShim
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

extension Scratch {
  /// Packs a folder; the archive as well.
  func pack(_ name: String, _ packer: LayerPacker = LayerPacker()) throws -> (PackedLayer, [UInt8]) {
    let opened = try Files.open(path + "/" + name, O_RDONLY | O_DIRECTORY)
    var bytes: [UInt8] = []
    let packed = try packer.pack(opened.raw, name: name) { (part) throws(Failure) in bytes += part }
    return (packed, bytes)
  }
}

@Suite struct PackTests {
  private static let tree =
    """
    mkdir -p source/a/b source/empty && cd source && echo one > a/one && ln a/one a/b/two && ln -s ../one a/b/link \
    && mkfifo a/pipe && mknod null c 1 3 && mknod disk b 8 17 && chmod 4711 a/one && chown 3000000:34 a/b \
    && head -c 300000 /dev/urandom > big && chmod 1777 empty && : > 'é' && : > $(printf 'nfd-e\\314\\201') \
    && : > $(printf 'bytes-\\377') && ln -s $(head -c 300 /dev/zero | tr '\\0' x) long-link \
    && mkdir -p deep/$(head -c 90 /dev/zero | tr '\\0' y)/$(head -c 90 /dev/zero | tr '\\0' z) \
    && (cd deep/*/* && echo deep > file) && touch -d '1960-01-01 00:00:00.25 UTC' a/pipe && touch -d '2001-01-01 00:00:00.123456789 UTC' big
    """

  @Test(arguments: MediaType.Compression.allCases)
  func forthAndBack(_ compression: MediaType.Compression) throws {
    let scratch = Scratch()
    try scratch.run(Self.tree)
    #expect(shim_set_attribute_at(scratch.path + "/source/big", "user.said", "it", 2) == 0)
    let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(shim_set_attribute_at(scratch.path + "/source/big", "security.capability", capability, 20) == 0)
    var packer = LayerPacker()
    packer.compression = compression
    let (packed, bytes) = try scratch.pack("source", packer)
    #expect(packed.digest == StreamDigest.digest(of: bytes) && packed.size == bytes.count)
    let layer = try scratch.unpack(bytes)
    #expect(
      layer.diffID == packed.diffID && layer.size == packed.unpackedSize && layer.entries == packed.entries)
    #expect(layer.compression == compression)
    #expect(try scratch.listing("fs") == scratch.listing("source"))
    #expect(scratch.attribute("user.said", of: "fs/big") == Array("it".utf8))
    #expect(scratch.attribute("security.capability", of: "fs/big") == capability)
    // The same folder gives the same bytes.
    #expect(try scratch.pack("source", packer).1 == bytes)
    #expect(try scratch.pack("fs", packer).1 == bytes)
  }

  /// Others read it as well.
  @Test func forTar() throws {
    let scratch = Scratch()
    try scratch.run(Self.tree)
    try Files.replace(scratch.path + "/archive.tar", try scratch.pack("source").1)
    try scratch.run("mkdir judge && tar -xpf archive.tar -C judge 2>&1")
    #expect(try scratch.listing("judge") == scratch.listing("source"))
  }

  @Test func overlays() throws {
    let scratch = Scratch()
    _ = try scratch.unpack(into: "low") { tar in
      for folder in ["kept", "emptied"] {
        tar.folder(folder)
        tar.file(folder + "/low", "low")
      }
      tar.file("gone", "low")
    }
    let archive = TarBytes { tar in
      tar.folder("./")
      tar.folder("emptied")
      tar.file("emptied/.wh..wh..opq")
      tar.file("emptied/new", "top")
      tar.folder("kept")
      tar.file("kept/.wh.low")
      tar.file(".wh.gone")
    }.whole
    try scratch.unpack(archive, into: "top")
    var packer = LayerPacker()
    packer.form = .overlay
    let (_, bytes) = try scratch.pack("top", packer)
    try scratch.unpack(bytes, into: "again")
    #expect(
      scratch.isOpaque("again/emptied") && scratch.isWhiteout("again/gone")
        && scratch.isWhiteout("again/kept/low"))
    try Files.replace(scratch.path + "/archive.tar", bytes)
    #expect(
      try scratch.run("tar -tf archive.tar")
        == "./\nemptied/\nemptied/.wh..wh..opq\nemptied/new\n.wh.gone\nkept/\nkept/.wh.low\n")
    // As files, it is what it is; an archive of devices 0:0 is for nobody.
    #expect(try scratch.pack("top").1 != bytes)
  }

  @Test func leftOut() throws {
    let scratch = Scratch()
    try scratch.run("mkdir -p s/etc/x s/proc/1 && touch s/etc/hosts s/etc/x/y s/proc/1/z")
    var packer = LayerPacker()
    packer.leftOut = ["etc/hosts", "proc"]
    try Files.replace(scratch.path + "/archive.tar", try scratch.pack("s", packer).1)
    #expect(try scratch.run("tar -tf archive.tar") == "./\netc/\netc/x/\netc/x/y\n")
  }

  @Test func whatALayerCannotHave() throws {
    let scratch = Scratch()
    try scratch.run("mkdir one two && touch one/.wh.file two/file")
    var packer = LayerPacker()
    packer.form = .overlay
    #expect(throws: Failure.self) { try scratch.pack("one", packer) }
    #expect(throws: Never.self) { try scratch.pack("one") }
    #expect(shim_set_attribute_at(scratch.path + "/two/file", "trusted.overlay.metacopy", "", 0) == 0)
    let error = #expect(throws: Failure.self) { try scratch.pack("two", packer) }
    #expect(error?.description.contains("its content is in another layer") == true)
  }

  @Test func sinksThatFail() throws {
    let scratch = Scratch()
    try scratch.run("mkdir s && head -c 1000000 /dev/urandom > s/file")
    let opened = try Files.open(scratch.path + "/s", O_RDONLY | O_DIRECTORY)
    #expect(throws: Failure("write", errno: ENOSPC)) {
      try LayerPacker().pack(opened.raw, name: "s") { (_) throws(Failure) in
        throw Failure("write", errno: ENOSPC)
      }
    }
  }
}
