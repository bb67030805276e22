/// What proves to a registry who somebody is.
public struct Credential: Equatable, Sendable {
  public var username: String
  public var password: String
  /// Gets tokens without a password; then there is none.
  public var identityToken: String?

  public init(username: String, password: String) {
    self.username = username
    self.password = password
  }

  public init(username: String, identityToken: String) {
    self.username = username
    password = ""
    self.identityToken = identityToken
  }

  /// RFC 7617.
  var basic: String { "Basic " + Base64.encode((username + ":" + password).utf8) }
}
