import OCISpec
import Runtime

/// A proof that somebody may do something for a while.
struct Token: Sendable {
  var text: String
  var end: ContinuousClock.Instant
  /// Gets further tokens without a password; nil where none was asked for.
  var refresh: String?

  /// Whether a request that begins now can be made with it.
  var isValid: Bool { ContinuousClock.now < end }

  /// Source: distribution's "Token Authentication Specification"; some say `access_token`, as OAuth 2 does.
  init(_ bytes: [UInt8], from realm: Locator) throws(Failure) {
    func wrong(_ reason: String) -> Failure {
      Failure("get a token from", realm.shown, reason: reason)
    }
    let read: (text: String?, lifetime: Int64?, refresh: String?)
    do throws(SpecError) {
      let object = try JSONDocument(bytes, name: "the answer").root.object()
      let other = try object.string("access_token")
      read = try (
        object.string("token") ?? other, object.integer("expires_in"), object.string("refresh_token")
      )
    } catch {
      throw wrong(TextOfServer.line("\(error)"))
    }
    guard let text = read.text else { throw wrong("the answer holds no token") }
    // It becomes a part of a header.
    guard text.utf8.count <= 64 << 10, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw wrong("the token is malformed")
    }
    self.text = text
    refresh = read.refresh
    // Without a word it lives for a minute. A tenth is left for the way.
    let seconds = min(max(read.lifetime ?? 60, 60), 24 * 3600)
    end = .now + .milliseconds(seconds * 900)
  }
}
