import CShim

/// The flat buffer of `plan.h`, as it grows.
struct PlanBuffer {
  private var steps: [UInt8] = []
  // Begins with a NUL: the empty text.
  private var data: [UInt8] = [0]
  private var count: UInt32 = 0

  init() {
    steps.reserveCapacity(64 * MemoryLayout<plan_step>.stride)
    data.reserveCapacity(8192)
  }

  /// Adds one record. At most `PLAN_NUMBERS` numbers and `PLAN_TEXTS` texts.
  mutating func add(
    _ operation: plan_op, _ index: Int, flags: UInt32 = 0, numbers: [Int64] = [], texts: [PlanText] = []
  ) {
    precondition(numbers.count <= Int(PLAN_NUMBERS) && texts.count <= Int(PLAN_TEXTS))
    append(UInt16(operation.rawValue))
    append(UInt16(flags))
    append(UInt32(index))
    for slot in 0..<Int(PLAN_NUMBERS) { append(slot < numbers.count ? numbers[slot] : 0) }
    for slot in 0..<Int(PLAN_TEXTS) {
      if slot < texts.count { append(text: texts[slot]) } else { append(UInt64(0)) }
    }
    count += 1
  }

  private mutating func append(text: PlanText) {
    let start = data.count
    switch text {
    case .string(let string): data.append(contentsOf: string.utf8)
    case .bytes(let bytes): data.append(contentsOf: bytes)
    case .list(let list):
      for (position, item) in list.enumerated() {
        if position > 0 { data.append(0) }
        data.append(contentsOf: item.utf8)
      }
      // An empty last item would be lost: a list ends with its own NUL.
      if !list.isEmpty { data.append(0) }
    }
    let length = data.count - start
    data.append(0)
    append(UInt32(start))
    append(UInt32(length))
  }

  private mutating func append<Word: FixedWidthInteger>(_ word: Word) {
    withUnsafeBytes(of: word) { steps.append(contentsOf: $0) }
  }

  /// The finished buffer. Throws where it is longer than `PLAN_LIMIT`.
  func finished(trace: Bool) throws(Failure) -> [UInt8] {
    let header = MemoryLayout<plan_header>.size
    let total = header + steps.count + data.count
    if total > Int(PLAN_LIMIT) {
      throw Failure(
        "encode launch plan", reason: "\(total) bytes are more than \(PLAN_LIMIT)",
        hint: "shorten env or args")
    }
    var whole: [UInt8] = []
    whole.reserveCapacity(total)
    let words: [UInt32] = [
      UInt32(PLAN_MAGIC), UInt32(PLAN_VERSION), UInt32(total), count, UInt32(header + steps.count),
      UInt32(data.count),
      trace ? UInt32(PLAN_TRACE) : 0, 0,
    ]
    for word in words { withUnsafeBytes(of: word) { whole.append(contentsOf: $0) } }
    whole += steps
    whole += data
    return whole
  }
}

/// A text of a plan's record.
enum PlanText {
  case string(String)
  case bytes([UInt8])
  /// Items with a NUL behind each.
  case list([String])
}
