import OCISpec
import Runtime

/// What a registry says is wrong. Source: distribution-spec 1.1, "Error Codes".
struct RegistryError: Sendable {
  var status: Int
  /// As in `MANIFEST_UNKNOWN`; nil where the server says none.
  var code: String?
  var message: String?

  /// Reads it from an answer, of which no more than a few lines are believed.
  static func read(_ answer: Answer) async -> RegistryError {
    var error = RegistryError(status: answer.status)
    guard let bytes = try? await answer.bytes(limit: 64 << 10),
      let root = try? JSONDocument(bytes, name: "the answer").root.object()
    else { return error }
    let errors = (try? root["errors"]?.array { node throws(SpecError) in node }) ?? []
    if let first = try? errors.first?.object() {
      error.code = try? first.string("code")
      error.message = try? first.string("message")
    } else {
      // Servers of tokens have words of their own.
      error.message = (try? root.string("details")) ?? (try? root.string("message"))
    }
    return error
  }

  /// In the words that docker shows.
  var text: String {
    let message = message.map { TextOfServer.line($0) }
    guard let code else {
      guard let message, !message.isEmpty else { return "status \(status) \(Self.word(status))" }
      return message
    }
    let words = TextOfServer.line(code, limit: 60).lowercased().map { $0 == "_" ? " " : $0 }
    return String(words) + ": " + (message ?? Self.word(status))
  }

  private static func word(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 413: "Content Too Large"
    case 429: "Too Many Requests"
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: ""
    }
  }

  /// Whether the server does not tell strangers what there is.
  var isDenied: Bool {
    status == 401 || status == 403 || code == "DENIED" || code == "UNAUTHORIZED"
  }
}
