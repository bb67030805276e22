/// A tiny assembler for the part of classic BPF that seccomp accepts, with labels for the jumps.
/// Source: Documentation/networking/filter.rst, Documentation/userspace-api/seccomp_filter.rst.
struct SeccompAssembler {
  /// A place in the program; jumps only go forwards.
  struct Label { fileprivate var index: Int }

  /// Where a conditional jump goes when its condition holds, or does not.
  enum Target {
    case next
    case label(Label)
  }

  /// The comparisons of the accumulator with a constant, all unsigned. Those not listed are had by
  /// exchanging the targets.
  enum Test: UInt16 {
    case equal = 0x15
    case above = 0x25
    case atLeast = 0x35
    case anyBit = 0x45
  }

  private struct Instruction {
    var code: UInt16
    var ifTrue: Int?
    var ifFalse: Int?
    var constant: UInt32
  }

  private var instructions: [Instruction] = []
  private var places: [Int?] = []

  /// How many instructions there are so far.
  var count: Int { instructions.count }

  mutating func newLabel() -> Label {
    places.append(nil)
    return Label(index: places.count - 1)
  }

  /// Puts the label before the next instruction.
  mutating func place(_ label: Label) { places[label.index] = instructions.count }

  /// Loads the 32 bits of `struct seccomp_data` that begin at `offset` into the accumulator.
  mutating func load(offset: UInt32) { append(0x20, offset) }

  /// Leaves of the accumulator only the bits of the mask.
  mutating func and(_ mask: UInt32) { append(0x54, mask) }

  /// Ends with an action.
  mutating func `return`(_ action: UInt32) { append(0x06, action) }

  /// Jumps any distance.
  mutating func jump(_ label: Label) { append(0x05, 0, ifTrue: label.index) }

  /// Jumps at most 255 instructions either way.
  mutating func jump(if test: Test, _ constant: UInt32, then: Target = .next, else: Target = .next) {
    append(test.rawValue, constant, ifTrue: index(then), ifFalse: index(`else`))
  }

  /// The program as `struct sock_filter`s. A jump to a label that is not placed, or too far for its kind, is
  /// a mistake of the caller.
  func assemble() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(instructions.count * SeccompFilter.instructionSize)
    for (position, instruction) in instructions.enumerated() {
      let isLong = instruction.code == 0x05
      let ifTrue = distance(from: position, to: instruction.ifTrue)
      let ifFalse = distance(from: position, to: instruction.ifFalse)
      append(instruction.code, to: &bytes)
      bytes.append(isLong ? 0 : UInt8(ifTrue))
      bytes.append(UInt8(ifFalse))
      append(isLong ? UInt32(ifTrue) : instruction.constant, to: &bytes)
    }
    return bytes
  }

  private mutating func append(_ code: UInt16, _ constant: UInt32, ifTrue: Int? = nil, ifFalse: Int? = nil) {
    instructions.append(Instruction(code: code, ifTrue: ifTrue, ifFalse: ifFalse, constant: constant))
  }

  private func index(_ target: Target) -> Int? {
    switch target {
    case .next: nil
    case .label(let label): label.index
    }
  }

  private func distance(from position: Int, to label: Int?) -> Int {
    guard let label else { return 0 }
    return places[label]! - position - 1
  }

  private func append<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }
}
