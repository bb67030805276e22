import Testing
@testable import OCISpec

@Test func placeholder() { #expect(Bool(true)) }
