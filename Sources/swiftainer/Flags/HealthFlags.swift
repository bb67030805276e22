import ArgumentParser
import Engine
import Runtime

/// How it is found out whether the payload is well.
struct HealthFlags: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What the container's shell is to run: 0 is healthy.", valueName: "line"))
  var healthCmd: String?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("From one time to the next, else 30s.", valueName: "time"))
  var healthInterval: String?
  @Option(parsing: .unconditional, help: ArgumentHelp("How long it may take, else 30s.", valueName: "time"))
  var healthTimeout: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long failures do not count after a start, else 0s.", valueName: "time"))
  var healthStartPeriod: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("From one time to the next meanwhile, else 5s.", valueName: "time"))
  var healthStartInterval: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Failures in a row that count as unhealthy, else 3.", valueName: "number"))
  var healthRetries: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What to do then: none, kill, restart or stop.", valueName: "action"))
  var healthOnFailure: String?
  @Flag(help: "Not even what the image says.") var noHealthcheck = false

  func apply(to options: inout RunOptions) throws {
    var health = HealthOptions()
    health.test = try filled(healthCmd, "--health-cmd").map { ["CMD-SHELL", $0] }
    health.interval = try span(healthInterval, "--health-interval")
    health.timeout = try span(healthTimeout, "--health-timeout")
    health.startPeriod = try span(healthStartPeriod, "--health-start-period")
    health.startInterval = try span(healthStartInterval, "--health-start-interval")
    health.retries = try number(healthRetries, "--health-retries", 0...Int(Int32.max))
    if let healthOnFailure {
      guard let action = HealthCheck.Reaction(rawValue: healthOnFailure) else {
        throw Failure(
          "--health-on-failure", healthOnFailure, reason: "unknown action",
          hint: "none, kill, restart or stop")
      }
      health.onFailure = action
    }
    if noHealthcheck {
      if health != HealthOptions() {
        throw Failure("conflicting options: --no-healthcheck conflicts with --health-* options")
      }
      health.isDisabled = true
    }
    if health != HealthOptions() { options.health = health }
  }

  private func span(_ text: String?, _ flag: String) throws(Failure) -> Int64? {
    guard let text else { return nil }
    return try HealthOptions.span(text, flag: flag)
  }
}
