import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Runtime

/// Why there is no answer, or only a part of one.
struct TransportError: Error {
  enum Kind {
    /// Nobody is there: no such host, or nobody who listens.
    case unreachable
    /// Somebody is there who does not speak TLS.
    case notTLS
    /// The server does not prove who it is.
    case certificate
    /// It took too long.
    case tooLate
    /// The connection ended too early.
    case broken
    /// It will be so again.
    case lasting
  }

  var kind: Kind
  var failure: Failure

  /// Whether it is worth another try.
  var mayPass: Bool { kind == .tooLate || kind == .broken }

  init(_ kind: Kind, _ failure: Failure) {
    self.kind = kind
    self.failure = failure
  }

  init(_ error: any Error, at locator: Locator, _ patience: Patience) {
    func broken(_ reason: String) -> TransportError {
      TransportError(.broken, Failure("get", locator.shown, reason: reason))
    }
    switch error {
    case let error as TransportError: self = error
    case let error as HTTPClientError: self = Self.client(error, locator, patience)
    case let error as NIOConnectionError: self = Self.connection(error, locator)
    case let error as IOError:
      self = TransportError(
        error.errnoCode == ECONNREFUSED ? .unreachable : .broken,
        Failure("connect to", locator.authority, errno: error.errnoCode))
    case let error as NIOSSLError: self = Self.handshake(error, locator)
    case let error as NIOSSLExtraError:
      self = Self.certificate(locator, TextOfServer.line("\(error)", limit: 200))
    case let error as HTTPParserError where error == .invalidEOFState:
      self = broken("the connection was closed in the middle of the answer")
    case is HTTPParserError:
      self = TransportError(.lasting, Failure("get", locator.shown, reason: "the answer is no HTTP"))
    case let error as ChannelError where "\(error)".contains("connectTimeout"):
      self = Self.tooLate(locator, "no connection within \(patience.connecting) s")
    case is ChannelError: self = broken("the connection was closed")
    default: self = broken(TextOfServer.line("\(error)", limit: 200))
    }
  }

  private static func tooLate(_ locator: Locator, _ reason: String) -> TransportError {
    TransportError(.tooLate, Failure("get", locator.shown, reason: "timed out: " + reason))
  }

  private static func client(
    _ error: HTTPClientError, _ locator: Locator, _ patience: Patience
  ) -> TransportError {
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout,
      .getConnectionFromPoolTimeout:
      return tooLate(locator, "no connection within \(patience.connecting) s")
    case .deadlineExceeded: return tooLate(locator, "no answer within \(patience.answering) s")
    case .readTimeout: return tooLate(locator, "nothing came for \(patience.silence) s")
    case .writeTimeout: return tooLate(locator, "nothing was taken for \(patience.silence) s")
    case .proxyAuthenticationRequired:
      return TransportError(
        .lasting,
        Failure(
          "get", locator.shown, reason: "the proxy asks who we are",
          hint: "https_proxy=http://USER:PASSWORD@HOST:PORT"))
    case .invalidProxyResponse:
      return TransportError(.lasting, Failure("get", locator.shown, reason: "the proxy refuses"))
    case .remoteConnectionClosed, .uncleanShutdown:
      return TransportError(.broken, Failure("get", locator.shown, reason: "the connection was closed"))
    default:
      return TransportError(
        .lasting, Failure("get", locator.shown, reason: error.shortDescription.lowercased()))
    }
  }

  private static func connection(_ error: NIOConnectionError, _ locator: Locator) -> TransportError {
    // Each of several addresses has failed; the first says as much as the others.
    guard let first = error.connectionErrors.first?.error else {
      return TransportError(.unreachable, Failure("look up", error.host, reason: "no such host"))
    }
    if let first = first as? IOError {
      return TransportError(
        .unreachable, Failure("connect to", HostPort.text(error.host, error.port), errno: first.errnoCode))
    }
    return TransportError(
      .tooLate,
      Failure("connect to", HostPort.text(error.host, error.port), reason: "timed out: no connection"))
  }

  /// BoringSSL tells kinds of errors apart by their texts alone.
  private static func handshake(_ error: NIOSSLError, _ locator: Locator) -> TransportError {
    guard case .handshakeFailed(let cause) = error else {
      return TransportError(.broken, Failure("get", locator.shown, reason: "the connection was closed"))
    }
    let text = "\(cause)"
    if ["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"]
      .contains(where: { text.contains($0) })
    {
      return TransportError(
        .notTLS,
        Failure(
          "get", locator.shown, reason: "http: server gave HTTP response to HTTPS client",
          hint: "to use plain http all the same, name it \"insecure\" in \(RegistriesFile.usualPath)"))
    }
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      return certificate(locator, "the certificate is signed by nobody known, or has expired")
    }
    if text.contains("EOF during handshake") {
      return TransportError(.notTLS, Failure("get", locator.shown, reason: "the server does not speak TLS"))
    }
    return TransportError(
      .lasting, Failure("get", locator.shown, reason: "tls: " + TextOfServer.line(text, limit: 200)))
  }

  private static func certificate(_ locator: Locator, _ reason: String) -> TransportError {
    TransportError(
      .certificate,
      Failure(
        "get", locator.shown, reason: "tls: failed to verify certificate: " + reason,
        hint: "a CA of one's own is named as \"ca\" in \(RegistriesFile.usualPath)"))
  }
}
