import Testing

@testable import Runtime

/// The keys that leave a container, in what is typed.
struct DetachWatchTests {
  private func typed(_ pieces: [[UInt8]], keys: [UInt8] = [16, 17]) -> (passed: [UInt8], left: Bool) {
    var watch = DetachWatch(keys)
    var passed: [UInt8] = []
    for var piece in pieces {
      let leaves = watch.leaves(&piece)
      passed += piece
      if leaves { return (passed, true) }
    }
    return (passed, false)
  }

  @Test
  func findsTheKeys() {
    #expect(typed([[1, 16, 17, 2]]) == ([1], true))
    #expect(typed([[16], [17]]) == ([], true))
    #expect(typed([[16, 16, 17]]) == ([16], true))
  }

  @Test
  func passesOnWhatIsOnlyTheirBeginning() {
    #expect(typed([[16, 1]]) == ([16, 1], false))
    #expect(typed([[16], [1]]) == ([16, 1], false))
    #expect(typed([[17, 16]]) == ([17], false))
    #expect(typed([[16], [16], [1]]) == ([16, 16, 1], false))
  }

  @Test
  func oneKeyAndNone() {
    #expect(typed([[1, 2, 3]], keys: [2]) == ([1], true))
    #expect(typed([[16, 17]], keys: []) == ([16, 17], false))
  }
}
