import Glibc

extension JSONParser {
  /// Up to here comparing all pairs is cheaper than a set, and harmless whatever the names are.
  private static let pairwiseLimit = 16

  /// The node of a name that an object has twice.
  ///
  /// Readers disagree about which of the two counts, so a check made by one would not hold for another:
  /// better to refuse such an object altogether.
  func findRepeatedName(_ object: Int, members: Int) -> Int? {
    members <= Self.pairwiseLimit
      ? findRepeatedNameByPairs(object) : findRepeatedNameBySet(object, members: members)
  }

  private func findRepeatedNameByPairs(_ object: Int) -> Int? {
    let end = Int(nodes[object].next)
    var second = Int(nodes[object + 1 + 1].next)
    while second < end {
      var first = object + 1
      while first < second {
        if haveSameName(first, second) { return second }
        first = Int(nodes[first + 1].next)
      }
      second = Int(nodes[second + 1].next)
    }
    return nil
  }

  /// Names may come from an attacker: hashes are seeded at random, so that they cannot be made to collide.
  private func findRepeatedNameBySet(_ object: Int, members: Int) -> Int? {
    var seen = Set<[UInt8]>(minimumCapacity: members)
    let end = Int(nodes[object].next)
    var name = object + 1
    while name < end {
      if !seen.insert(unescaped(name)).inserted { return name }
      name = Int(nodes[name + 1].next)
    }
    return nil
  }

  private func haveSameName(_ first: Int, _ second: Int) -> Bool {
    let left = nodes[first]
    let right = nodes[second]
    if left.flag || right.flag { return unescaped(first) == unescaped(second) }
    guard left.end - left.start == right.end - right.start else { return false }
    return withText { text in
      guard let base = text.baseAddress else { return true }
      return memcmp(base + Int(left.start), base + Int(right.start), Int(left.end - left.start)) == 0
    }
  }

  private func unescaped(_ name: Int) -> [UInt8] {
    withText { text in
      let raw = UnsafeBufferPointer(rebasing: text[Int(nodes[name].start)..<Int(nodes[name].end)])
      return nodes[name].flag ? unescape(raw) : [UInt8](raw)
    }
  }
}

/// A string's bytes without escapes. The text was checked by the parser; whatever it had let pass is kept.
func unescape(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(text.count)
  var index = 0
  func unit(at offset: Int) -> UInt32 {
    var unit: UInt32 = 0
    for digit in offset..<offset + 4 where digit < text.count {
      unit = unit << 4 | (hexValue(text[digit]) ?? 0)
    }
    return unit
  }
  while index < text.count {
    let byte = text[index]
    guard byte == UInt8(ascii: "\\"), index + 1 < text.count else {
      result.append(byte)
      index += 1
      continue
    }
    switch text[index + 1] {
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = unit(at: index + 2)
      if scalar & 0xFC00 == 0xD800 {
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + unit(at: index + 8) & 0x3FF
        index += 6
      }
      result.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
      index += 4
    case let other: result.append(other)
    }
    index += 2
  }
  return result
}
