import Glibc
import OCISpec
import Runtime

/// Who we are to registries: docker's own file, so that whoever is logged in there is so here.
///
/// Source: docker's "docker login", "Credential stores".
public struct Credentials: Sendable {
  /// The folder of `config.json`; nil where there can be none.
  public let folder: String?
  /// Credential helpers are found through its PATH, and get it.
  let environment: [String: String]
  /// Is told, in words, why somebody is nobody who might be somebody.
  public var warn: @Sendable (String) -> Void = { _ in }

  public init(folder: String?, environment: [String: String] = [:]) {
    self.folder = folder
    self.environment = environment
  }

  /// DOCKER_CONFIG, or `.docker` in HOME.
  public init(environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      folder: value("DOCKER_CONFIG") ?? value("HOME").map { $0 + "/.docker" }, environment: environment)
  }

  /// `config.json`.
  public var file: String? { folder.map { $0 + "/config.json" } }

  /// The key that docker has had for its own registry from the beginning.
  static let indexKey = "https://index.docker.io/v1/"

  /// The key of a registry, as names in references have it; so it is called where people log in and out.
  public static func key(_ registry: String) -> String {
    isIndex(registry) ? indexKey : registry
  }

  private static func isIndex(_ host: String) -> Bool { host == "docker.io" || host == "index.docker.io" }

  /// The registry that an address is of, as names in references have it: without scheme and path.
  public static func host(_ address: String) -> String {
    var rest = address[...]
    if let scheme = address.firstRange(of: "://") { rest = address[scheme.upperBound...] }
    return rest.prefix { $0 != "/" }.lowercased()
  }

  /// Whether a key in the file is a registry's; some programs write a scheme and a path.
  static func isKey(_ key: String, of registry: String) -> Bool {
    let host = host(key)
    return host == registry || isIndex(host) && isIndex(registry)
  }

  /// What is known for a registry; nil where we are nobody there.
  public func find(_ registry: String) async throws -> Credential? {
    guard let config = try read() else { return nil }
    if let helper = config.helper(registry) {
      // As docker did until version 29: what is for all can be had all the same.
      if !helper.isThere {
        warn("\(helper.program), which \(file ?? "") names, is not in PATH: going on without a login")
      } else if let found = try await helper.get(Self.key(registry)) {
        return found
      }
    }
    return try config.credential(registry)
  }

  /// The file; nil where there is none.
  func read() throws -> DockerConfig? {
    guard let file else { return nil }
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try Files.read(file, limit: 4 << 20)
    } catch {
      if error.errno == ENOENT || error.errno == ENOTDIR { return nil }
      throw error
    }
    return try DockerConfig(bytes, file, environment)
  }
}
