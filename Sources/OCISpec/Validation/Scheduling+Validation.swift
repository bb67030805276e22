extension Scheduler {
  /// Source: sched(7), sched_setattr(2).
  func validate(at path: String) throws(SpecError) {
    try require(policy != .iso, path + ".policy", "SCHED_ISO is not implemented by Linux")
    try validateNice(at: path + ".nice")
    try validatePriority(at: path + ".priority")
    if policy == .deadline {
      try validateDeadline(at: path)
    } else {
      for (name, value) in [("runtime", runtime), ("deadline", deadline), ("period", period)] {
        try require(value ?? 0 == 0, path + "." + name, "is for SCHED_DEADLINE only")
      }
    }
  }

  private func validateNice(at path: String) throws(SpecError) {
    guard let nice, nice != 0 else { return }
    try require(-20...19 ~= nice, path, "must lie in -20...19, not \(nice)")
    try require(
      policy == .other || policy == .batch, path,
      "is for SCHED_OTHER and SCHED_BATCH only, not \(policy.rawValue)")
  }

  private func validatePriority(at path: String) throws(SpecError) {
    let priority = priority ?? 0
    if policy == .fifo || policy == .roundRobin {
      try require(1...99 ~= priority, path, "must lie in 1...99 for \(policy.rawValue), not \(priority)")
    } else {
      try require(priority == 0, path, "is for SCHED_FIFO and SCHED_RR only, not \(policy.rawValue)")
    }
  }

  /// The kernel's own condition: 1024 ns <= runtime <= deadline <= period, where no period means the
  /// deadline.
  private func validateDeadline(at path: String) throws(SpecError) {
    let deadline = deadline ?? 0
    let runtime = runtime ?? 0
    let period = period ?? 0
    try require(deadline > 0, path + ".deadline", "must be more than 0 for SCHED_DEADLINE")
    try require(
      runtime >= 1024, path + ".runtime", "must be at least 1024 for SCHED_DEADLINE, not \(runtime)")
    try require(
      runtime <= deadline, path + ".runtime", "must not exceed the deadline \(deadline), as \(runtime) does")
    try require(
      period == 0 || deadline <= period, path + ".period",
      "must not be less than the deadline \(deadline), as \(period) is")
  }
}
