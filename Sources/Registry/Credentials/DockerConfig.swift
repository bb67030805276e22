import OCISpec
import Runtime

/// The content of docker's `config.json`; of most of it we know nothing, and keep it as it is.
struct DockerConfig {
  private let file: String
  private let root: JSONObject
  private let environment: [String: String]

  init(_ bytes: [UInt8], _ file: String, _ environment: [String: String]) throws(Failure) {
    self.file = file
    self.environment = environment
    do throws(SpecError) {
      root = try JSONDocument(bytes, name: "the document").root.object()
    } catch {
      throw Failure("read", file, reason: "\(error)")
    }
  }

  private func naming<Result>(_ body: () throws(SpecError) -> Result) throws(Failure) -> Result {
    do throws(SpecError) {
      return try body()
    } catch {
      throw Failure("read", file, reason: "\(error)")
    }
  }

  /// The program that keeps a registry's credentials; nil where the file does.
  func helper(_ registry: String) -> CredentialHelper? {
    let name: String?
    let own = (try? root.stringDictionary("credHelpers")) ?? [:]
    if let key = own.keys.sorted().first(where: { Credentials.isKey($0, of: registry) }) {
      name = own[key]
    } else {
      name = try? root.string("credsStore")
    }
    return name.flatMap { $0.isEmpty ? nil : CredentialHelper(name: $0, environment: environment) }
  }

  /// What the file itself has for a registry.
  func credential(_ registry: String) throws(Failure) -> Credential? {
    try naming { () throws(SpecError) in
      guard let auths = try root["auths"]?.object() else { return nil }
      let members = auths.members.filter { $0.value.kind == .object }
      let exact = members.first { $0.name == Credentials.key(registry) }
      guard let member = exact ?? members.first(where: { Credentials.isKey($0.name, of: registry) }) else {
        return nil
      }
      return try Self.credential(member.value)
    }
  }

  private static func credential(_ node: JSONNode) throws(SpecError) -> Credential? {
    let object = try node.object()
    var username = try object.string("username") ?? ""
    var password = try object.string("password") ?? ""
    if let auth = try object.string("auth") {
      guard let bytes = Base64.decode(auth), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
        throw try object.required("auth").error("must be USER:PASSWORD in base64")
      }
      username = String(decoding: bytes[..<colon], as: UTF8.self)
      // Some have written C strings with their end.
      let rest = bytes[(colon + 1)...]
      password = String(decoding: rest.prefix(while: { $0 != 0 }), as: UTF8.self)
    }
    if let token = try object.string("identitytoken") {
      return Credential(username: username, identityToken: token)
    }
    return username.isEmpty && password.isEmpty ? nil : Credential(username: username, password: password)
  }

  /// The file's text with a registry's entry set, or without any; nil where nothing would change.
  ///
  /// - Parameter entry: nil to remove whatever is that registry's.
  func setting(_ registry: String, _ entry: JSONValue?) throws(Failure) -> [UInt8]? {
    try naming { () throws(SpecError) in
      let known = try root["auths"]?.object().members ?? []
      if entry == nil, !known.contains(where: { Credentials.isKey($0.name, of: registry) }) { return nil }
      return Self.text(root.members, known, registry, entry)
    }
  }

  /// A file with nothing but a registry's entry.
  static func text(of registry: String, _ entry: JSONValue) -> [UInt8] { text([], [], registry, entry) }

  private static func text(
    _ members: [(name: String, value: JSONNode)], _ auths: [(name: String, value: JSONNode)],
    _ registry: String, _ entry: JSONValue?
  ) -> [UInt8] {
    func writeAuths(_ writer: inout JSONWriter) {
      writer.name("auths")
      writer.object { writer in
        for (name, value) in auths where !Credentials.isKey(name, of: registry) {
          writer.name(name)
          value.write(to: &writer)
        }
        if let entry {
          writer.name(Credentials.key(registry))
          entry.write(to: &writer)
        }
      }
    }
    var writer = JSONWriter(.indented(2))
    writer.object { writer in
      var isWritten = false
      for (name, value) in members {
        if name == "auths" {
          writeAuths(&writer)
          isWritten = true
        } else {
          writer.name(name)
          value.write(to: &writer)
        }
      }
      if !isWritten { writeAuths(&writer) }
    }
    return writer.bytes + Array("\n".utf8)
  }
}
