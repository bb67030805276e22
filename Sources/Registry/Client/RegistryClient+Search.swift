import Images
import NIOHTTP1
import OCISpec
import Runtime

/// A repository that a search has found.
public struct SearchResult: Equatable, Sendable {
  public var name: String
  public var summary: String
  public var stars: Int
  public var isOfficial: Bool

  public init(name: String, summary: String = "", stars: Int = 0, isOfficial: Bool = false) {
    self.name = name
    self.summary = summary
    self.stars = stars
    self.isOfficial = isOfficial
  }
}

extension RegistryClient {
  /// The longest page of a list, in bytes, and how many pages are read of one.
  private static let pageLimit = 4 << 20
  private static let pages = 100

  /// Searches for repositories, in docker's usual registry or, with `HOST/TERM`, in another.
  ///
  /// - Parameter limit: from 1 to 100.
  public func search(_ term: String, limit: Int = 25) async throws -> [SearchResult] {
    let (registry, words) = Self.split(term)
    guard !words.isEmpty else { throw Failure("search", reason: "no word to search for") }
    guard (1...100).contains(limit) else {
      throw Failure("limit \(limit)", reason: "outside of the range of [1, 100]")
    }
    let endpoint = try await endpoint(registry)
    let answer = try await endpoint.send(
      RegistryRequest(
        target: .path("/v1/search", query: [("q", words), ("n", "\(limit)")]),
        headers: ["Accept": "application/json"], isOpen: true))
    if answer.isSuccess {
      return Array(try await Self.results(answer).prefix(limit))
    }
    let error = await RegistryError.read(answer)
    guard answer.status == 404 || answer.status == 405, registry != ImageReference.usualRegistry else {
      throw Failure("search \(registry)", reason: error.text)
    }
    // Most registries cannot search, but say what they have.
    let all = try await list(
      endpoint, "/v2/_catalog", "repositories", scopes: ["registry:catalog:*"], of: registry)
    return all.filter { $0.contains(words.lowercased()) }.prefix(limit).map { SearchResult(name: $0) }
  }

  /// Where a term begins with a registry's name. As in references, it is known by its point or its port.
  private static func split(_ term: String) -> (registry: String, words: String) {
    guard let slash = term.firstIndex(of: "/") else { return (ImageReference.usualRegistry, term) }
    let first = term[..<slash]
    guard first == "localhost" || first.contains(where: { $0 == "." || $0 == ":" }),
      HostPort.split(first) != nil
    else { return (ImageReference.usualRegistry, term) }
    let isUsual = first == "docker.io" || first == "index.docker.io"
    return (
      isUsual ? ImageReference.usualRegistry : String(first), String(term[term.index(after: slash)...])
    )
  }

  private static func results(_ answer: Answer) async throws -> [SearchResult] {
    let bytes = try await whole(answer)
    do throws(SpecError) {
      let root = try JSONDocument(bytes, name: "the answer").root.object()
      return try root["results"]?.array { (node) throws(SpecError) in
        let object = try node.object()
        return try SearchResult(
          name: TextOfServer.line(object.required("name").string(), limit: 255),
          summary: TextOfServer.line(object.string("description") ?? "", limit: 1000),
          stars: object.integer("star_count") ?? 0, isOfficial: object.bool("is_official") ?? false)
      } ?? []
    } catch {
      throw Failure("get", answer.locator.shown, reason: TextOfServer.line("\(error)"))
    }
  }

  /// The tags of a repository.
  public func tags(of reference: ImageReference) async throws -> [String] {
    try await list(
      endpoint(reference.registry), "/v2/\(reference.repository)/tags/list", "tags",
      scopes: [reference.scope("pull")], of: reference.familiarName)
  }

  /// A list that may come in pages. Source: distribution-spec 1.1, "Listing Tags".
  private func list(
    _ endpoint: Endpoint, _ path: String, _ member: StaticString, scopes: [String], of subject: String
  ) async throws -> [String] {
    var target = RegistryRequest.Target.path(path, query: [("n", "1000")])
    var all: [String] = []
    for _ in 0..<Self.pages {
      let answer = try await endpoint.send(RegistryRequest(target: target, scopes: scopes))
      guard answer.isSuccess else {
        throw Failure("list \(subject)", reason: await RegistryError.read(answer).text)
      }
      let next = answer.headers["Link"].lazy.compactMap { Self.next($0) }.first
      let bytes = try await Self.whole(answer)
      do throws(SpecError) {
        let root = try JSONDocument(bytes, name: "the answer").root.object()
        all += try root.strings(member).map { TextOfServer.line($0, limit: 255) }
      } catch {
        throw Failure("get", answer.locator.shown, reason: TextOfServer.line("\(error)"))
      }
      // It is asked with our proof of who we are: another server is none of its pages.
      guard let next, let locator = answer.locator.resolve(next), locator.hasSameOrigin(as: answer.locator)
      else { return all }
      target = .locator(locator)
    }
    return all
  }

  private static func whole(_ answer: Answer) async throws -> [UInt8] {
    do {
      return try await answer.bytes(limit: pageLimit)
    } catch let error as TransportError {
      throw error.failure
    }
  }

  /// The address in `<ADDRESS>; rel="next"`; nil where it is another's.
  private static func next(_ link: String) -> String? {
    guard let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end,
      link[end...].contains("rel=\"next\"") || link[end...].contains("rel=next")
    else { return nil }
    return String(link[link.index(after: start)..<end])
  }
}
