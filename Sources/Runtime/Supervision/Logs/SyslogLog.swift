import Glibc

/// Lines as syslog messages: standard output with severity `info`, standard error with `err`.
struct SyslogMessages: LogMessageFormat {
  private let format: SyslogFormat
  private let facility: Int
  private let host: String
  private let tag: String
  private let process: pid_t
  private var current: [UInt8] = []

  init(_ options: LogOptions, tag: String, host: String? = nil, process: pid_t = getpid()) {
    format = options.syslogFormat
    facility = options.syslogFacility
    self.tag = tag
    self.process = process
    self.host = host ?? Self.hostname()
  }

  mutating func begin(_ stream: LogStream, at time: timespec) {
    var seconds = time.tv_sec
    var local = tm()
    localtime_r(&seconds, &local)
    let severity = stream == .stderr ? 3 : 6
    current = format.head(
      priority: facility | severity, local, nanoseconds: time.tv_nsec, host: host, tag: tag, process: process)
  }

  func head(whole: Bool) -> [UInt8] { current }

  private static func hostname() -> String {
    var name = [CChar](repeating: 0, count: 65)
    guard gethostname(&name, 64) == 0, name[0] != 0 else { return "localhost" }
    return name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}

extension SyslogAddress {
  /// Where to send to, looked up now.
  func endpoints() -> [LogEndpoint] {
    switch self {
    case .local:
      Self.localPaths.flatMap { path in
        [false, true].map { LogEndpoint(place: .path(path), isStream: $0) }
      }
    // The other kind where it is of the other kind: few know which one their daemon's socket is.
    case .path(let path, let stream):
      [stream, !stream].map { LogEndpoint(place: .path(path), isStream: $0) }
    case .host(let host, let port, let stream):
      SyslogHost.addresses(of: host).map { LogEndpoint(place: .address($0, port), isStream: stream) }
    }
  }
}
