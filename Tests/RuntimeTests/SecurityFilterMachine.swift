@testable import Runtime

/// Runs a compiled filter the way the kernel does: classic BPF over a `struct seccomp_data`.
struct FilterMachine {
  enum Fault: Error {
    case badInstruction(UInt16)
    case endless
  }

  private struct Instruction {
    var code: UInt16
    var ifTrue: Int
    var ifFalse: Int
    var constant: UInt32
  }

  private var instructions: [Instruction] = []

  init(_ filter: SeccompFilter) {
    let bytes = filter.program
    for start in stride(from: 0, to: bytes.count, by: 8) {
      func word(_ offset: Int, _ size: Int) -> UInt32 {
        (0..<size).reduce(0) { $0 | UInt32(bytes[start + offset + $1]) << UInt32(8 * $1) }
      }
      instructions.append(
        Instruction(
          code: UInt16(word(0, 2)), ifTrue: Int(word(2, 1)), ifFalse: Int(word(3, 1)), constant: word(4, 4)))
    }
  }

  var count: Int { instructions.count }

  /// What the filter returns for a call.
  func decide(audit: UInt32, number: UInt32, _ args: [UInt64] = []) throws -> UInt32 {
    var data = [number, audit, 0, 0]
    for index in 0..<6 {
      let value = index < args.count ? args[index] : 0
      data += [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]
    }
    var accumulator: UInt32 = 0
    var position = 0
    while position < instructions.count {
      let now = instructions[position]
      position += 1
      func branch(_ condition: Bool) { position += condition ? now.ifTrue : now.ifFalse }
      switch now.code {
      case 0x20: accumulator = data[Int(now.constant / 4)]
      case 0x54: accumulator &= now.constant
      case 0x05: position += Int(now.constant)
      case 0x15: branch(accumulator == now.constant)
      case 0x25: branch(accumulator > now.constant)
      case 0x35: branch(accumulator >= now.constant)
      case 0x45: branch(accumulator & now.constant != 0)
      case 0x06: return now.constant
      default: throw Fault.badInstruction(now.code)
      }
    }
    throw Fault.endless
  }
}

/// `AUDIT_ARCH_…` of the architectures the tests use.
enum Audit {
  static let amd64: UInt32 = 0xC000_003E
  static let i386: UInt32 = 0x4000_0003
  static let aarch64: UInt32 = 0xC000_00B7
}

/// What a filter returns.
enum Verdict {
  static let allow: UInt32 = 0x7fff_0000
  static let log: UInt32 = 0x7ffc_0000
  static let notify: UInt32 = 0x7fc0_0000
  static let trap: UInt32 = 0x0003_0000
  static let killProcess: UInt32 = 0x8000_0000
  static let killThread: UInt32 = 0
  static func errno(_ value: UInt32) -> UInt32 { 0x0005_0000 | value }
  static func trace(_ value: UInt32) -> UInt32 { 0x7ff0_0000 | value }
}
