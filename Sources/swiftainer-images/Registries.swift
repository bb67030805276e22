import CShim
import Engine
import Glibc
import Registry
import Runtime

/// How registries are reached from this machine.
enum Registries {
  static func with<Result>(_ body: (RegistryClient) async throws -> Result) async throws -> Result {
    let environment = environment()
    return try await RegistryClient.with(
      settings: RegistriesFile.read(environment: environment), credentials: credentials(),
      environment: environment, body)
  }

  static func credentials() -> Credentials {
    var credentials = Credentials(environment: environment())
    credentials.warn = { Told.error("warning: " + $0) }
    return credentials
  }

  private static func environment() -> [String: String] {
    var found: [String: String] = [:]
    guard var next = shim_environment() else { return found }
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let sign = text.firstIndex(of: "=") {
        found[String(text[..<sign])] = String(text[text.index(after: sign)...])
      }
      next += 1
    }
    return found
  }
}
