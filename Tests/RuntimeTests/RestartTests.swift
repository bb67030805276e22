import Testing

@testable import Runtime

/// When a payload is started again, and after how long.
struct RestartTests {
  @Test
  func rules() {
    #expect(!RestartRule.never.restarts(exitCode: 1, restarts: 0))
    #expect(RestartRule.always.restarts(exitCode: 0, restarts: 1000))
    #expect(!RestartRule.onFailure(most: nil).restarts(exitCode: 0, restarts: 0))
    #expect(RestartRule.onFailure(most: nil).restarts(exitCode: 1, restarts: 1000))
    #expect(RestartRule.onFailure(most: 2).restarts(exitCode: 137, restarts: 1))
    #expect(!RestartRule.onFailure(most: 2).restarts(exitCode: 137, restarts: 2))
  }

  @Test
  func delaysDoubleUpToAMinute() {
    var delay = RestartDelay()
    let milliseconds = (0..<13).map { _ in delay.take(ran: 0) / 1_000_000 }
    #expect(
      milliseconds == [
        100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000, 60000,
      ])
  }

  @Test
  func aRunThatLastsResetsTheDelay() {
    var delay = RestartDelay()
    for _ in 0..<5 { _ = delay.take(ran: 9_999_999_999) }
    #expect(delay.take(ran: 10_000_000_000) == RestartDelay.first)
    #expect(delay.take(ran: 0) == 2 * RestartDelay.first)
  }
}
