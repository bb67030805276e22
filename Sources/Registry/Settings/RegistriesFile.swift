import Glibc
import OCISpec
import Runtime

/// What is particular to some registries on this machine: `registries.json`.
///
///     {"registries": {
///       "docker.io": {"mirrors": ["https://mirror.example.com"]},
///       "registry.example.com:5000": {"ca": "/etc/swiftainer/example.pem"},
///       "old.example.com": {"insecure": true}
///     }}
public struct RegistriesFile: Equatable, Sendable {
  public static let usualPath = "/etc/swiftainer/registries.json"

  /// What is said of one registry.
  public struct Entry: Equatable, Sendable {
    /// Where its images are looked for before it is asked itself, in this order: `[http[s]://]HOST[:PORT][/PATH]`.
    public var mirrors: [String] = []
    /// Whether nobody need prove to be that server, and plain http will do where it has no TLS.
    public var isInsecure = false
    /// A file of certificates in PEM form that may sign its own, beside those the system trusts.
    public var authority: String?

    public init() {}
  }

  /// By the registry's name, as it stands in references.
  public var registries: [String: Entry] = [:]

  public init() {}

  /// Reads the file that the environment's SWIFTAINER_REGISTRIES names, or that one. A usual one need not be there.
  public static func read(_ path: String? = nil, environment: [String: String]) throws(Failure)
    -> RegistriesFile
  {
    let named = environment["SWIFTAINER_REGISTRIES"].flatMap { $0.isEmpty ? nil : $0 } ?? path
    let path = named ?? usualPath
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try Files.read(path, limit: 1 << 20)
    } catch {
      if named == nil, error.errno == ENOENT { return RegistriesFile() }
      throw error
    }
    do throws(SpecError) {
      return try RegistriesFile(json: JSONDocument(bytes, name: "the document").root)
    } catch {
      throw Failure("read", path, reason: "\(error)")
    }
  }

  /// What is said of a registry, or of a mirror.
  func entry(_ name: String) -> Entry { registries[name.lowercased()] ?? Entry() }
}

extension RegistriesFile: JSONReadable {
  public init(json node: JSONNode) throws(SpecError) {
    let root = try node.object()
    try root.refuseOthers(than: ["registries"])
    guard let member = root["registries"] else { return }
    for (name, value) in try member.object().members {
      let name = name.lowercased()
      guard HostPort.split(name) != nil else {
        throw value.error("is no registry", hint: "HOST or HOST:PORT, as in docker.io")
      }
      if registries.updateValue(try Entry(json: value), forKey: name) != nil {
        throw value.error("appears twice")
      }
    }
  }
}

extension RegistriesFile.Entry: JSONReadable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try object.refuseOthers(than: ["mirrors", "insecure", "ca"])
    isInsecure = try object.bool("insecure") ?? false
    mirrors =
      try object["mirrors"]?.array { (element) throws(SpecError) in
        let text = try element.string()
        guard Mirror(text) != nil else {
          throw element.error("is no address of a mirror", hint: "[https://]HOST[:PORT][/PATH]")
        }
        return text
      } ?? []
    authority = try object.string("ca")
    if let path = authority, !path.hasPrefix("/") {
      throw try object.required("ca").error("must be an absolute path")
    }
  }
}

/// Where a registry's images may be, too.
struct Mirror: Equatable, Sendable {
  /// nil where it does not say.
  var isSecure: Bool?
  var host: String
  var port: Int?
  /// Without a slash at its end.
  var path: String

  init?(_ text: String) {
    let hasScheme = text.contains("://")
    guard let locator = Locator(hasScheme ? text : "https://" + text), locator.query == nil else {
      return nil
    }
    isSecure = hasScheme ? locator.isSecure : nil
    host = locator.host
    port = locator.port
    path = locator.path.hasSuffix("/") ? String(locator.path.dropLast()) : locator.path
    if path.hasSuffix("/v2") { path.removeLast(3) }
  }
}

extension JSONObject {
  /// A name that nobody reads is a mistake of whoever wrote the file.
  func refuseOthers(than names: [String]) throws(SpecError) {
    for (name, value) in members where !names.contains(name) {
      throw value.error("is unknown", hint: "there are " + names.joined(separator: ", "))
    }
  }
}
