import Images
import NIOCore
import NIOHTTP1
import OCISpec
import Runtime

/// Speaks to registries. What it learns of them (where they are, their tokens) it knows for as long as it lives.
///
/// Source: distribution-spec 1.1.
public final class RegistryClient: Sendable {
  /// The longest manifest, in bytes. Source: distribution-spec 1.1, "Pushing Manifests".
  public static let manifestLimit = 4 << 20

  let settings: RegistriesFile
  let credentials: Credentials
  let transport: Transport
  let patience: Patience
  private let table = Table()

  /// - Parameter environment: says which proxies there are.
  public init(
    settings: RegistriesFile = RegistriesFile(), credentials: Credentials,
    environment: [String: String] = [:], patience: Patience = Patience()
  ) throws(Failure) {
    self.settings = settings
    self.credentials = credentials
    self.patience = patience
    transport = Transport(proxies: try ProxySettings(environment: environment), patience: patience)
  }

  /// Closes all connections; must be called in the end, once.
  public func close() async { await transport.close() }

  /// Makes a client for the time of a function.
  public static func with<Result>(
    settings: RegistriesFile = RegistriesFile(), credentials: Credentials,
    environment: [String: String] = [:], patience: Patience = Patience(),
    _ body: (RegistryClient) async throws -> Result
  ) async throws -> Result {
    let client = try RegistryClient(
      settings: settings, credentials: credentials, environment: environment, patience: patience)
    do {
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  /// What is known of servers.
  private actor Table {
    var own: [String: Endpoint] = [:]
    var mirrors: [String: [Endpoint]] = [:]
    /// Who has had the manifest, by the repository's full name.
    var preferred: [String: Endpoint] = [:]

    func own(_ name: String, _ make: () throws -> Endpoint) rethrows -> Endpoint {
      if let known = own[name] { return known }
      let made = try make()
      own[name] = made
      return made
    }

    func mirrors(of name: String, _ make: () throws -> [Endpoint]) rethrows -> [Endpoint] {
      if let known = mirrors[name] { return known }
      let made = try make()
      mirrors[name] = made
      return made
    }

    func prefer(_ endpoint: Endpoint, for repository: String) { preferred[repository] = endpoint }
  }

  /// The server that a name in references stands for.
  func endpoint(_ registry: String) async throws -> Endpoint {
    try await table.own(registry) {
      try Endpoint(
        name: registry, transport: transport, patience: patience, routes: Routes(settings: settings),
        credentials: credentials)
    }
  }

  /// Who may have what a repository holds: its mirrors in their order, then the registry itself.
  func sources(_ reference: ImageReference) async throws -> [Endpoint] {
    let mirrors = try await table.mirrors(of: reference.registry) {
      try settings.entry(reference.registry).mirrors.compactMap { Mirror($0) }.map { mirror in
        try Endpoint(
          name: reference.registry, mirror: mirror, transport: transport, patience: patience.withoutRetries,
          routes: Routes(settings: settings), credentials: credentials)
      }
    }
    let all = mirrors + [try await endpoint(reference.registry)]
    guard let first = await table.preferred[reference.name] else { return all }
    return [first] + all.filter { $0 !== first }
  }

  func prefer(_ endpoint: Endpoint, for reference: ImageReference) async {
    await table.prefer(endpoint, for: reference.name)
  }
}

extension ImageReference {
  /// What must be allowed to do something with the repository.
  func scope(_ actions: String) -> String { "repository:" + repository + ":" + actions }
}
