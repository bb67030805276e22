import Testing
@testable import Engine

@Test func placeholder() { #expect(Bool(true)) }
