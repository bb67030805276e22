import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct HashTests {
  /// Source: NIST, "Examples with Intermediate Values", SHA-256.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
        + "nopqrstu", "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ])
  func vectors(_ text: String, _ hex: String) { #expect(ShortHash.digest(of: text.utf8).hex == hex) }

  @Test func everyLengthAsAnotherProgramHasIt() throws {
    let scratch = StoreScratch()
    let texts = (0...130).map { length in (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) } }
    for (length, text) in texts.enumerated() {
      try Files.replace(scratch.folder + "/" + String(1000 + length), text)
    }
    let stream = try #require(popen("cd \(scratch.folder) && sha256sum 1*", "r"))
    defer { pclose(stream) }
    var line = [CChar](repeating: 0, count: 256)
    for text in texts {
      try #require(fgets(&line, 256, stream) != nil)
      #expect(
        ShortHash.digest(of: text).hex
          == String(decoding: line.prefix(64).map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
  }

  /// Source: image-spec 1.1, config.md, "Layer ChainID".
  @Test func chains() {
    let (first, second, third) = (digest("a"), digest("b"), digest("c"))
    let chains = ImageStore.chainIDs(of: [first, second, third])
    #expect(chains[0] == first)
    #expect(chains[1] == ShortHash.digest(of: "\(first) \(second)".utf8))
    #expect(chains[2] == ShortHash.digest(of: "\(chains[1]) \(third)".utf8))
    #expect(ImageStore.chainIDs(of: []).isEmpty)
  }

  @Test(arguments: [
    "", "sha256:", "sha256:12", "sha512:" + String(repeating: "a", count: 64),
    "sha256:" + String(repeating: "A", count: 64), "sha256:" + String(repeating: "a", count: 65),
    "sha256:" + String(repeating: "a", count: 63) + "/", " sha256:" + String(repeating: "a", count: 64),
  ])
  func noDigest(_ text: String) { #expect(Digest(text) == nil) }

  @Test func digestOfBytes() {
    let digest = Digest(bytes: (0..<32).map { UInt8($0 * 8) })
    #expect(digest.description.hasPrefix("sha256:0008101820"))
    #expect(Digest(digest.description) == digest)
    #expect(digest.short == "000810182028")
  }
}
