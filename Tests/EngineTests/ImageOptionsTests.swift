import OCISpec
import Runtime
import Testing

@testable import Engine

/// What an image says, where no flag does.
@Suite struct ImageOptionsTests {
  private func adopted(
    _ change: (inout ImageConfig.Execution) -> Void, _ say: (inout RunOptions) -> Void = { _ in }
  ) throws -> RunOptions {
    var image = ImageConfig.Execution()
    image.command = ["sh"]
    change(&image)
    var options = RunOptions(image: "made")
    say(&options)
    try options.adopt(image)
    return options
  }

  @Test(
    arguments: [
      (["FOO=mine", "PATH=/x"], ["PATH=/x", "FOO=mine"]), (["NEW=1"], ["PATH=/bin", "FOO=image", "NEW=1"]),
      // Taken away, also from what the runtime would set.
      (["FOO", "HOME"], ["PATH=/bin", "FOO", "HOME"]), (["FOO", "FOO=again"], ["PATH=/bin", "FOO=again"]),
    ] as [([String], [String])])
  func variables(said: [String], expected: [String]) throws {
    let options = try adopted({ $0.env = ["PATH=/bin", "FOO=image"] }, { $0.environment = said })
    #expect(options.environment == expected)
  }

  @Test func theLastOfTwoVariablesCounts() throws {
    #expect(try adopted { $0.env = ["A=1", "A=2"] }.environment == ["A=2"])
  }

  @Test func probesWithoutPause() throws {
    for span in [\ImageConfig.Healthcheck.interval, \.timeout, \.startPeriod, \.startInterval] {
      var check = ImageConfig.Healthcheck(test: ["CMD", "x"])
      check[keyPath: span] = 999_999
      #expect(throws: Failure.self) { try adopted { $0.healthcheck = check } }
      // Of a check that is not wanted nothing is asked.
      var disabled = HealthOptions()
      disabled.isDisabled = true
      #expect(throws: Never.self) { try adopted({ $0.healthcheck = check }, { $0.health = disabled }) }
      check[keyPath: span] = 1_000_000
      #expect(throws: Never.self) { try adopted { $0.healthcheck = check } }
    }
  }

  @Test func aFlagCountsMoreThanAnImagesSpan() throws {
    var check = ImageConfig.Healthcheck(test: ["CMD", "x"])
    check.interval = 1
    var said = HealthOptions()
    said.interval = 5_000_000_000
    let options = try adopted({ $0.healthcheck = check }, { $0.health = said })
    #expect(options.health?.interval == 5_000_000_000)
  }
}
