import Testing

@testable import Registry

@Suite struct ChallengeTests {
  @Test func bearerIsRead() {
    let value =
      #"Bearer realm="https://auth.example.com/token",service="r.example.com",scope="repository:a:pull,push""#
    #expect(
      Challenge.parse([value]) == [
        Challenge(
          scheme: "bearer",
          parameters: [
            "realm": "https://auth.example.com/token", "service": "r.example.com",
            "scope": "repository:a:pull,push",
          ])
      ])
  }

  @Test func severalAreRead() {
    let both = [
      Challenge(scheme: "basic", parameters: ["realm": "a \"b\", c"]),
      Challenge(scheme: "bearer", parameters: ["realm": "x"]),
    ]
    #expect(Challenge.parse([#"Basic realm="a \"b\", c", BEARER Realm=x"#]) == both)
    #expect(Challenge.parse([#"Basic realm="a \"b\", c""#, "Bearer realm = x"]) == both)
  }

  @Test(arguments: ["", ",", "=", "\"", "Bearer realm=\"open", "=x", "a=b", "Bearer =", "\u{0}\"=,,\"\\"])
  func nonsenseEnds(text: String) {
    _ = Challenge.parse([text])
  }

  @Test func theFirstWordCounts() {
    #expect(Challenge.parse(["Bearer realm=a,realm=b"]).first?.parameters["realm"] == "a")
  }
}
