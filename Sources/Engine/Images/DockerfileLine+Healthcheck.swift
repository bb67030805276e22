import OCISpec
import Runtime

extension DockerfileLine {
  /// `[--interval=SPAN …] CMD COMMAND`, or `NONE`. Source: the Dockerfile reference, "HEALTHCHECK".
  func healthcheck() throws(Failure) -> ImageConfig.Healthcheck {
    var check = ImageConfig.Healthcheck(test: [])
    var left = rest[...]
    while left.hasPrefix("--") {
      let word = left.prefix { !$0.isWhitespace }
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { throw Failure("--change", line, reason: "'\(word)' has no value") }
      try set(String(parts[0]), String(parts[1]), of: &check)
      left = left.dropFirst(word.count).drop(while: \.isWhitespace)
    }
    let kind = left.prefix { !$0.isWhitespace }.uppercased()
    let command = left.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
    switch (kind, command.isEmpty) {
    case ("NONE", true): check.test = ["NONE"]
    case ("CMD", false): check.test = list(command).map { ["CMD"] + $0 } ?? ["CMD-SHELL", String(command)]
    default: throw Failure("--change", line, reason: "neither CMD with a command nor NONE")
    }
    return check
  }

  private func set(
    _ option: String, _ value: String, of check: inout ImageConfig.Healthcheck
  ) throws(Failure) {
    switch option {
    case "--interval": check.interval = try HealthOptions.span(value, flag: option)
    case "--timeout": check.timeout = try HealthOptions.span(value, flag: option)
    case "--start-period": check.startPeriod = try HealthOptions.span(value, flag: option)
    case "--start-interval": check.startInterval = try HealthOptions.span(value, flag: option)
    case "--retries":
      guard let number = Int(value), 0...Int(Int32.max) ~= number else {
        throw Failure(option, value, reason: "not a number of failures")
      }
      check.retries = number
    default: throw Failure("--change", line, reason: "unknown flag \(option)")
    }
  }
}
