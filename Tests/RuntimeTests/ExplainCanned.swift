import CShim
import OCISpec

@testable import Runtime

/// Reports as the init sends them, without an init.
enum Canned {
  /// - Parameters:
  ///   - texts: of the arguments that are texts; the arguments themselves must be other than zero.
  ///   - extra: the first words of the structure that an argument points to.
  static func report(
    _ call: Int32, _ arguments: [UInt64], texts: [String] = [], extra: [UInt64] = [], result: Int64 = 0,
    step: Int = 0, kind: plan_report_kind = PLAN_REPORT_CALL, time: UInt64 = 1
  ) -> Report {
    func padded(_ words: [UInt64], _ count: Int) -> [UInt64] {
      words + [UInt64](repeating: 0, count: count - words.count)
    }
    return Report(
      kind: kind, step: step, call: Int(call), result: result, time: time, arguments: padded(arguments, 6),
      extra: padded(extra, 8), texts: texts, descriptor: -1)
  }

  /// How a call is told.
  static func text(
    _ call: Int32, _ arguments: [UInt64], texts: [String] = [], extra: [UInt64] = [], result: Int64 = 0,
    of step: Step? = nil
  ) -> String {
    KernelCall(report(call, arguments, texts: texts, extra: extra, result: result), of: step).text
  }

  /// What an argument is where it is a pointer.
  static let pointer: UInt64 = 0x7ffd_0000
  /// AT_FDCWD, as the kernel is given it.
  static let current = UInt64(bitPattern: -100)
}
