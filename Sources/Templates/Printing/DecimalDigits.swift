/// A number's digits in base ten: 0.d₁d₂d₃… × 10^point. Zero has no digits.
struct DecimalDigits: Equatable {
  private(set) var digits: [UInt8]
  private(set) var point: Int

  /// As few digits as make the number recognizable. The number is finite; its sign is ignored.
  init(shortest value: Double) {
    let parts = value.magnitude.description.utf8.split(separator: UInt8(ascii: "e"))
    let mantissa = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    digits = mantissa.flatMap { $0.map { $0 - 0x30 } }
    point = mantissa[0].count
    if parts.count > 1, let exponent = Int(String(Substring(parts[1]))) { point += exponent }
    normalize()
  }

  /// All digits, of which a Double may have hundreds. The number is finite; its sign is ignored.
  init(exact value: Double) {
    let magnitude = value.magnitude
    guard magnitude > 0 else {
      (digits, point) = ([], 0)
      return
    }
    let isNormal = magnitude.exponentBitPattern > 0
    let mantissa = magnitude.significandBitPattern | (isNormal ? 1 << 52 : 0)
    let power = Int(magnitude.exponentBitPattern) - 1075 + (isNormal ? 0 : 1)
    // m / 2^k is m × 5^k / 10^k.
    let factor: UInt64 = power < 0 ? 5 : 2
    var limbs: [UInt64] = [mantissa % 1_000_000_000, mantissa / 1_000_000_000]
    for _ in 0..<abs(power) {
      var carry: UInt64 = 0
      for index in limbs.indices {
        let product = limbs[index] * factor + carry
        limbs[index] = product % 1_000_000_000
        carry = product / 1_000_000_000
      }
      if carry > 0 { limbs.append(carry) }
    }
    digits = limbs.reversed().flatMap { limb in
      let text = String(limb)
      return Array(repeating: UInt8(0), count: max(0, 9 - text.utf8.count)) + text.utf8.map { $0 - 0x30 }
    }
    point = digits.count + min(0, power)
    normalize()
  }

  private mutating func normalize() {
    let zeros = digits.prefix { $0 == 0 }.count
    digits.removeFirst(zeros)
    point -= zeros
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { point = 0 }
  }

  /// Keeps so many digits and rounds what follows, halves to even.
  mutating func round(to count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      (digits, point) = ([], 0)
      return
    }
    let rest = digits[count...]
    let isHalf = rest.first == 5 && rest.count == 1
    let isOdd = count > 0 && digits[count - 1] % 2 == 1
    let up = isHalf ? isOdd : rest.first! >= 5
    digits.removeSubrange(count...)
    if up {
      var index = count - 1
      while index >= 0, digits[index] == 9 {
        digits[index] = 0
        index -= 1
      }
      if index >= 0 {
        digits[index] += 1
      } else {
        digits.insert(1, at: 0)
        point += 1
      }
    }
    normalize()
  }

  /// The digit at a place right of the first one; zero where there is none.
  subscript(index: Int) -> UInt8 { digits.indices.contains(index) ? digits[index] : 0 }
}
