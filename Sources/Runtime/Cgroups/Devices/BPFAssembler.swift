/// As much of an eBPF assembler as device filters need: forward jumps, 64-bit arithmetic, 32-bit loads.
///
/// A word is `opcode | destination << 8 | source << 12 | offset << 16 | immediate << 32`, on little-endian
/// machines. Source: Documentation/bpf/standardization/instruction-set.rst.
struct BPFAssembler {
  enum Register: UInt64 {
    case r0, r1, r2, r3, r4, r5, r6, r7
  }

  /// A place to jump to, which must come later in the program.
  struct Label {
    fileprivate let index: Int
  }

  enum Instruction {
    /// `destination = *(u32 *)(source + offset)`
    case loadWord(Register, from: Register, offset: UInt64)
    case load(Register, UInt32)
    /// Two words long.
    case loadLong(Register, UInt64)
    case move(Register, from: Register)
    case and(Register, UInt32)
    case or(Register, Register)
    case shiftLeft(Register, UInt32)
    case shiftRight(Register, UInt32)
    case jumpIfNotEqual(Register, UInt32, to: Label)
    case jumpIfDifferent(Register, Register, to: Label)
    /// Three instructions: the older kernels have no jump for it.
    case jumpIfNoneSet(Register, UInt32, scratch: Register, to: Label)
    case exit
  }

  private(set) var words: [UInt64] = []
  /// For each label the jumps that wait for it.
  private var jumps: [[Int]] = []

  init() { words.reserveCapacity(96) }

  mutating func makeLabel() -> Label {
    jumps.append([])
    return Label(index: jumps.count - 1)
  }

  /// Lets the label stand for the next instruction.
  mutating func place(_ label: Label) {
    for jump in jumps[label.index] {
      // Offsets count from the instruction after the jump.
      words[jump] |= UInt64(words.count - jump - 1) << 16
    }
    jumps[label.index] = []
  }

  mutating func append(_ instruction: Instruction) {
    switch instruction {
    case .loadWord(let destination, let source, let offset):
      words.append(0x61 | destination.rawValue << 8 | source.rawValue << 12 | offset << 16)
    case .load(let destination, let value): emit(0xb7, destination, value)
    case .loadLong(let destination, let value):
      words.append(0x18 | destination.rawValue << 8 | (value & 0xffff_ffff) << 32)
      words.append(value & 0xffff_ffff_0000_0000)
    case .move(let destination, let source):
      words.append(0xbf | destination.rawValue << 8 | source.rawValue << 12)
    case .and(let destination, let mask): emit(0x57, destination, mask)
    case .or(let destination, let source):
      words.append(0x4f | destination.rawValue << 8 | source.rawValue << 12)
    case .shiftLeft(let destination, let bits): emit(0x67, destination, bits)
    case .shiftRight(let destination, let bits): emit(0x77, destination, bits)
    case .jumpIfNotEqual(let register, let value, let label): emitJump(0x55, register, value, label)
    case .jumpIfDifferent(let register, let other, let label):
      jumps[label.index].append(words.count)
      words.append(0x5d | register.rawValue << 8 | other.rawValue << 12)
    case .jumpIfNoneSet(let register, let mask, let scratch, let label):
      append(.move(scratch, from: register))
      append(.and(scratch, mask))
      emitJump(0x15, scratch, 0, label)
    case .exit: words.append(0x95)
    }
  }

  private mutating func emit(_ opcode: UInt64, _ destination: Register, _ immediate: UInt32) {
    words.append(opcode | destination.rawValue << 8 | UInt64(immediate) << 32)
  }

  private mutating func emitJump(_ opcode: UInt64, _ register: Register, _ value: UInt32, _ label: Label) {
    jumps[label.index].append(words.count)
    emit(opcode, register, value)
  }
}
