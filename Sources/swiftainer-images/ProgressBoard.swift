import Engine
import Glibc
import NIOConcurrencyHelpers
import OCISpec
import Registry
import Runtime

/// Tells of layers on their way: a line for each with a bar on a terminal, else a line for each step.
final class ProgressBoard: Sendable {
  private struct State {
    /// In the order in which they came.
    var order: [String] = []
    var texts: [String: String] = [:]
    var steps: [String: String] = [:]
    /// When a bar was drawn last, in nanoseconds.
    var drawn: UInt64 = 0
  }

  private let state = NIOLockedValueBox(State())
  private let isQuiet: Bool
  private let isTerminal = isatty(STDOUT_FILENO) == 1

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func line(_ text: String) {
    if !isQuiet { Told.line(text) }
  }

  /// - Parameter layer: what it is called.
  func tell(_ layer: String, _ step: LayerState) {
    if isQuiet { return }
    state.withLockedValue { state in
      if state.texts[layer] == nil { state.order.append(layer) }
      let isStep = state.steps[layer] != step.words
      state.steps[layer] = step.words
      guard isTerminal else {
        if isStep && step.progress == nil { Told.line("\(layer): \(step.words)") }
        if state.texts[layer] == nil { state.texts[layer] = "" }
        return
      }
      let isNew = state.texts[layer] == nil
      state.texts[layer] = "\(layer): \(step.words)" + (step.progress.map { " " + Self.bar($0) } ?? "")
      let now = Clock.monotonicNanoseconds()
      // An eye sees no more than this.
      if !isStep && now < state.drawn + 50_000_000 { return }
      state.drawn = now
      draw(layer, isNew, state)
    }
  }

  private func draw(_ layer: String, _ isNew: Bool, _ state: State) {
    let text = Self.cut(state.texts[layer]!)
    if isNew { return Told.write(text + "\n", to: STDOUT_FILENO) }
    let up = state.order.count - state.order.firstIndex(of: layer)!
    Told.write("\u{1B}[\(up)A\r\u{1B}[2K\(text)\u{1B}[\(up)B\r", to: STDOUT_FILENO)
  }

  /// A line that is longer than the terminal is wide would take two.
  private static func cut(_ text: String) -> String {
    let columns = Int(Terminal.size(of: STDOUT_FILENO)?.ws_col ?? 0)
    return columns > 0 ? String(text.prefix(columns - 1)) : text
  }

  /// As in `[=====>     ]  1.5MB/3MB`.
  static func bar(_ progress: (done: Int64, whole: Int64)) -> String {
    let width = 50
    let whole = max(progress.whole, 1)
    let filled = Int(min(progress.done, whole) * Int64(width) / whole)
    let bar =
      filled == width
      ? String(repeating: "=", count: width)
      : String(repeating: "=", count: filled) + ">" + String(repeating: " ", count: width - filled - 1)
    return "[\(bar)]  \(HumanSize.decimal(progress.done))/\(HumanSize.decimal(progress.whole))"
  }
}

extension LayerState {
  /// Bytes, of how many; nil for a step that is done at once.
  fileprivate var progress: (done: Int64, whole: Int64)? {
    switch self {
    case .downloading(let done, let whole), .extracting(let done, let whole), .pushing(let done, let whole):
      (done, whole)
    default: nil
    }
  }
}
