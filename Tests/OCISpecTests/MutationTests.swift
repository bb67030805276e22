import Testing

@testable import OCISpec

/// Whatever the bytes are, reading returns or throws: it must never trap. A trap would end the test process.
private func readAll(_ bytes: [UInt8]) -> Bool {
  do {
    let spec = try SpecDecoder.decode(bytes)
    _ = try? spec.linux?.seccomp?.decoded()
    _ = try? spec.validate()
    // What can be read can be written and read again, and then means the same.
    let again = try SpecDecoder.decode(spec.json())
    #expect(again == spec || (try? spec.linux?.seccomp?.decoded()) == nil)
    return true
  } catch {
    #expect(!error.description.isEmpty)
    #expect(!error.description.utf8.contains(0x0A))
    return false
  }
}

@Test("Mutated configurations never trap", arguments: 1...8)
func mutations(_ seed: Int) {
  var random = SplitMix(state: UInt64(seed))
  let original = Array(fullText.utf8)
  let tokens = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "-", "0", "1e999", ".",
    "18446744073709551616", "-9223372036854775809", "4294967295", "\u{0}", "é", "//", "{}", "[]", "\"\"",
  ].map { Array($0.utf8) }
  var read = 0
  for _ in 0..<500 {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      let length = min(Int.random(in: 1...40, using: &random), bytes.count - place)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes.removeSubrange(place..<place + length)
      case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
      case 4: bytes.insert(contentsOf: tokens[Int.random(in: 0..<tokens.count, using: &random)], at: place)
      default:
        bytes.replaceSubrange(
          place..<place + length, with: tokens[Int.random(in: 0..<tokens.count, using: &random)])
      }
      if bytes.isEmpty { break }
    }
    if readAll(bytes) { read += 1 }
  }
  // Some mutations must survive, or the test would only ever see the scanner.
  #expect(read > 10)
}

/// Replaces values instead of bytes, so that the text stays well-formed and the decoder gets all the
/// nonsense.
@Test("Configurations with replaced values never trap", arguments: 1...8)
func replacedValues(_ seed: Int) throws {
  var random = SplitMix(state: UInt64(seed) << 32)
  let document = try JSONDocument(Array(fullText.utf8), name: "t")
  let values = [
    "null", "true", "false", "0", "-1", "1.5", "1e5", "4294967295", "18446744073709551615",
    "9223372036854775807",
    "-9223372036854775808", "99999999999999999999", "\"\"", "\"/\"", "\"a\"", "\"\\u0000\"", "\"..\"", "[]",
    "{}",
    "[null]", "[[]]", "{\"\":null}", "\"1-0\"", "\"0-65535\"", "\"e\u{301}\"",
  ].map { Array($0.utf8) }
  var read = 0
  for _ in 0..<500 {
    var bytes = document.bytes
    let index = Int.random(in: 1..<document.nodes.count, using: &random)
    let node = JSONNode(document: document, index: index)
    let range = node.source.startIndex..<node.source.endIndex
    bytes.replaceSubrange(range, with: values[Int.random(in: 0..<values.count, using: &random)])
    if readAll(bytes) { read += 1 }
  }
  #expect(read > 10)
}

@Test func everyPrefixIsRefused() {
  let original = Array(fullText.utf8)
  for length in 0..<original.count {
    #expect(!readAll(Array(original.prefix(length))), "the first \(length) bytes")
  }
  #expect(readAll(original))
}

@Test func randomBytesNeverTrap() {
  var random = SplitMix(state: 99)
  let alphabet = Array("{}[]\",:\\u0123456789abcdefABCDEF-+.eE tfnrl\n\u{0}é".utf8)
  for _ in 0..<3000 {
    let count = Int.random(in: 0..<60, using: &random)
    let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
    _ = readAll(bytes)
  }
}
