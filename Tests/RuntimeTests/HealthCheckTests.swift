import OCISpec
import Testing

@testable import Runtime

/// What probes make of a container's health.
struct HealthCheckTests {
  private func probe(_ code: CInt) -> HealthProbeResult {
    HealthProbeResult(start: "", end: "", exitCode: code, output: "")
  }

  private func judged(_ check: HealthCheck, _ codes: [CInt], age: UInt64 = 0) -> Health {
    codes.reduce(Health()) { check.judge($0, probe($1), age: age) }
  }

  @Test
  func turnsUnhealthyAfterSoManyFailuresInARow() {
    let check = HealthCheck(command: [])
    #expect(judged(check, [1, 1]).status == .starting)
    #expect(judged(check, [1, 1, 1]).status == .unhealthy)
    #expect(judged(check, [1, 1, 0, 1, 1]).status == .healthy)
    #expect(judged(check, [1, 1, 0, 1, 1]).failingStreak == 2)
    #expect(judged(check, [1, 1, 1, -1, 0]).status == .healthy)
    #expect(judged(check, [1, 1, 1, -1, 0]).failingStreak == 0)
  }

  @Test
  func failuresInTheStartPeriodDoNotCount() {
    var check = HealthCheck(command: [])
    check.startPeriod = 100
    let young = judged(check, [1, 1, 1, 1], age: 99)
    #expect(young.status == .starting)
    #expect(young.failingStreak == 0)
    #expect(judged(check, [1, 1, 1], age: 100).status == .unhealthy)
    // One success ends it, whatever its length.
    #expect(judged(check, [0, 1, 1, 1], age: 1).status == .unhealthy)
  }

  @Test
  func probesComeFasterInTheStartPeriod() {
    var check = HealthCheck(command: [])
    #expect(check.wait(Health(), age: 0) == check.interval)
    check.startPeriod = 60_000_000_000
    #expect(check.wait(Health(), age: 0) == check.startInterval)
    #expect(check.wait(judged(check, [0]), age: 0) == check.interval)
    #expect(check.wait(Health(), age: 60_000_000_000) == check.interval)
  }

  @Test
  func keepsTheLastFive() {
    let health = judged(HealthCheck(command: []), [0, 1, 2, 3, 4, 5, 6])
    #expect(health.log.map(\.exitCode) == [2, 3, 4, 5, 6])
  }

  @Test
  func survivesAsJSON() throws {
    let health = judged(HealthCheck(command: []), [0, 1])
    let node = try JSONDocument(health.json(), name: "test").root
    #expect(try Health(json: node) == health)
  }
}
