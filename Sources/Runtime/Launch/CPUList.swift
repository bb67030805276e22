import OCISpec

/// Lists such as `0-3,7`, of processors or memory nodes. Source: cpuset(7), "List format".
enum CPUList {
  /// The highest number that is accepted.
  static let limit = 8191

  /// The numbers of a list.
  static func numbers(_ text: String, field: String) throws(SpecError) -> [Int] {
    var numbers: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      guard let first = number(ends[0]), ends.count <= 2,
        let last = ends.count == 2 ? number(ends[1]) : first,
        first <= last
      else { throw SpecError(field, "\(text) is not a list of numbers such as 0-3,7") }
      numbers += first...last
    }
    return numbers
  }

  private static func number(_ text: Substring) -> Int? {
    guard let number = Int(text.filter { $0 != " " }), (0...limit).contains(number) else { return nil }
    return number
  }

  /// A list as the kernel's bit mask, in whole 8-byte words.
  static func mask(_ text: String, field: String) throws(SpecError) -> [UInt8] {
    let numbers = try numbers(text, field: field)
    var mask = [UInt8](repeating: 0, count: ((numbers.max() ?? 0) / 64 + 1) * 8)
    for number in numbers { mask[number / 8] |= 1 << UInt8(number % 8) }
    return mask
  }
}

enum MemoryPolicyLowering {
  static func lower(_ policy: LinuxMemoryPolicy) throws(SpecError) -> Step {
    let field = "linux.memoryPolicy"
    let nodes =
      try policy.nodes.map { text throws(SpecError) in try CPUList.mask(text, field: field + ".nodes") } ?? []
    let flags = policy.flags.reduce(0) { $0 | $1.bit }
    return .setMemoryPolicy(mode: policy.mode.number | flags, nodes: nodes)
  }
}
