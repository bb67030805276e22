import OCISpec
import Runtime

/// A person gave a flag and knows nothing of the configuration made from it: errors name the flag.
enum FlagNames {
  /// The flags that were given, by the configuration's field each of them sets.
  private static func given(_ options: RunOptions) -> [(field: String, flag: String)] {
    let limits = options.limits
    let all: [(isGiven: Bool, field: String, flag: String)] = [
      (limits.memory != nil, "linux.resources.memory.limit", "--memory"),
      (limits.memory != nil || limits.memorySwap != nil, "linux.resources.memory.swap", "--memory-swap"),
      (limits.nanoCPUs != nil, "linux.resources.cpu.quota", "--cpus"),
      (limits.cpuset != nil, "linux.resources.cpu.cpus", "--cpuset-cpus"),
      (limits.pids != nil, "linux.resources.pids.limit", "--pids-limit"),
      (options.workingFolder != nil, "process.cwd", "--workdir"),
      (options.hostname != nil, "hostname", "--hostname"),
    ]
    return all.compactMap { $0.isGiven ? ($0.field, $0.flag) : nil }
  }

  /// Does something; where it fails for the value of a flag, the error tells the flag.
  static func telling<Result>(_ options: RunOptions, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw renamed(error, given(options))
    }
  }

  static func renamed(_ error: Error, _ options: RunOptions) -> Error { renamed(error, given(options)) }

  static func renamed(_ error: Error, _ names: [(field: String, flag: String)]) -> Error {
    if var error = error as? SpecError {
      if let name = names.first(where: { $0.field == error.path }) { error.path = name.flag }
      return error
    }
    guard var failure = error as? Failure else { return error }
    for name in names {
      failure.operation = replace(name.field, by: name.flag, in: failure.operation)
      failure.hint = failure.hint.map { replace(name.field, by: name.flag, in: $0) }
    }
    return failure
  }

  /// Replaces a field's name at the beginning of a text, or in brackets at its end.
  private static func replace(_ field: String, by flag: String, in text: String) -> String {
    if text == field || text.hasPrefix(field + ":") || text.hasPrefix(field + " ") {
      return flag + text.dropFirst(field.count)
    }
    return text.hasSuffix("(" + field + ")") ? text.dropLast(field.count + 1) + flag + ")" : text
  }
}
