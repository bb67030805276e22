import OCISpec

extension Hook {
  /// As for execv(3), which takes none without a name.
  var arguments: [String] { args.isEmpty ? [path] : args }

  /// How long it may run, in milliseconds; nil for as long as it wants. As long as poll(2) can wait, 24 days, stands for
  /// all that is longer.
  var limit: Int32? {
    guard let timeout else { return nil }
    let (milliseconds, overflow) = timeout.multipliedReportingOverflow(by: 1000)
    return overflow ? .max : Int32(clamping: milliseconds)
  }
}
