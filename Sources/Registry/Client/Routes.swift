import NIOSSL
import Runtime

/// How servers are to prove who they are, as this machine's settings say.
struct Routes: Sendable {
  let settings: RegistriesFile

  /// Whether somebody may be who he likes.
  func isInsecure(_ locator: Locator) -> Bool { settings.entry(locator.authority).isInsecure }

  /// Whether plain http will do.
  func mayBePlain(_ locator: Locator) -> Bool {
    // Who has named a CA wants TLS.
    isInsecure(locator) || locator.isLoopback && settings.entry(locator.authority).authority == nil
  }

  /// - Parameter name: the registry's, where its settings are not found by the address.
  /// - Throws: `Failure` where a file of certificates cannot be read.
  func route(to locator: Locator, of name: String? = nil) throws(Failure) -> Authorizer.Route {
    let key =
      settings.registries[locator.authority] == nil ? name ?? locator.authority : locator.authority
    let entry = settings.entry(key)
    let isPlain = entry.isInsecure || mayBePlain(locator)
    var tls: TLSConfiguration?
    if let path = entry.authority {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.additionalTrustRoots = [.certificates(try Self.certificates(path, key))]
      tls = configuration
    } else if isPlain {
      // It would be spoken to without any TLS as well.
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.certificateVerification = .none
      tls = configuration
    }
    return Authorizer.Route(tls: tls, mayBePlain: isPlain)
  }

  private static func certificates(_ path: String, _ registry: String) throws(Failure) -> [NIOSSLCertificate]
  {
    let bytes = try Files.read(path, limit: 4 << 20)
    do {
      return try NIOSSLCertificate.fromPEMBytes(bytes)
    } catch {
      throw Failure("registries[\"\(registry)\"].ca: read", path, reason: "no certificates in PEM form")
    }
  }
}
