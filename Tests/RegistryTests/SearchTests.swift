import Images
import Testing

@testable import Registry

@Suite struct SearchTests {
  private static func search(_ term: String, limit: Int = 25, _ play: @escaping FakeRegistry.Play)
    async throws
    -> [SearchResult]
  {
    try await FakeRegistry.with({ $0.path == "/v2/" ? .status(200) : play($0) }) { registry in
      try await withClient { try await $0.search("\(registry.name)/\(term)", limit: limit) }
    }
  }

  @Test func resultsAreRead() async throws {
    let found = try await Self.search("a b&c", limit: 2) { request in
      guard request.path == "/v1/search", request.query == "q=a%20b%26c&n=2" else { return .status(400) }
      return .status(
        200, [],
        """
        {"num_results": 3, "results": [
          {"name": "nginx", "description": "Official\\nbuild", "star_count": 20, "is_official": true},
          {"name": "x/nginx"}, {"name": "y/nginx"}]}
        """)
    }
    #expect(
      found == [
        SearchResult(name: "nginx", summary: "Official build", stars: 20, isOfficial: true),
        SearchResult(name: "x/nginx"),
      ])
  }

  @Test func cataloguesAreSearchedWhereThereIsNoSearch() async throws {
    let found = try await Self.search("BOX") { request in
      guard request.path == "/v2/_catalog" else { return .status(404) }
      return request.query.hasSuffix("last=b")
        ? .status(200, [], #"{"repositories": ["c/box"]}"#)
        : .status(
          200, [("Link", #"</v2/_catalog?n=1000&last=b>; rel="next""#)],
          #"{"repositories": ["a/box", "b"]}"#)
    }
    #expect(found.map(\.name) == ["a/box", "c/box"])
  }

  @Test func pagesOfOthersAreNotRead() async throws {
    try await FakeRegistry.with({ _ in .status(200, [], #"{"repositories": ["other"]}"#) }) { other in
      let found = try await Self.search("o") { request in
        guard request.path == "/v2/_catalog" else { return .status(404) }
        return .status(
          200, [("Link", "<http://\(other.name)/v2/_catalog>; rel=\"next\"")], #"{"repositories": ["one"]}"#)
      }
      #expect(found.map(\.name) == ["one"])
      #expect(other.requests.isEmpty)
    }
  }

  @Test func tagsAreListed() async throws {
    try await FakeRegistry.with({ request in
      request.path == "/v2/a/box/tags/list"
        ? .status(200, [], #"{"name": "a/box", "tags": ["1", "latest"]}"#)
        : .status(request.path == "/v2/" ? 200 : 404)
    }) { registry in
      try await withClient { client in
        let tags = try await client.tags(of: ImageReference("\(registry.name)/a/box"))
        #expect(tags == ["1", "latest"])
        let text = await failure { _ = try await client.tags(of: ImageReference("\(registry.name)/b")) }
        #expect(text == "list \(registry.name)/b: status 404 Not Found")
      }
    }
  }

  @Test func strangersMaySearch() async throws {
    try await FakeRegistry.with({ request in
      if request.path == "/v1/search", request.authorization == nil {
        return .status(200, [], #"{"results": []}"#)
      }
      return .status(401, [("WWW-Authenticate", #"Bearer realm="http://127.0.0.1:1/""#)])
    }) { registry in
      let found = try await withClient { try await $0.search("\(registry.name)/x") }
      #expect(found == [])
    }
  }

  @Test func limitsAreKept() async {
    let text = await failure { _ = try await Self.search("x", limit: 101) { _ in .status(200) } }
    #expect(text == "limit 101: outside of the range of [1, 100]")
  }
}
