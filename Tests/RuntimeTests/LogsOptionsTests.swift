import OCISpec
import Testing

@testable import Runtime

/// `--log-driver` and `--log-opt`.
@Suite struct LogsOptionsTests {
  @Test func defaults() throws {
    for options in [LogOptions(), try LogOptions(driver: "", [:])] {
      #expect(options.driver == .jsonFile)
      #expect(options.maximumSize == 10_000_000 && options.maximumCount == 3)
      #expect(!options.holdsPayload && options.queueSize == 1 << 20)
    }
    let syslog = try LogOptions(driver: "syslog", [:])
    #expect(syslog.syslogAddress == .local && syslog.syslogFacility == 24 && syslog.syslogFormat == .local)
  }

  @Test(arguments: [
    ("10m", 10_000_000), ("1g", 1_000_000_000), ("512k", 512_000), ("1.5MB", 1_500_000), ("77", 77),
    ("77b", 77),
    ("1MiB", 1_048_576), ("1kib", 1024),
  ])
  func sizes(_ text: String, _ bytes: Int) throws {
    #expect(try LogOptions(driver: "json-file", ["max-size": text]).maximumSize == bytes)
  }

  @Test(
    arguments: [
      ("splunk", [:], "--log-driver splunk: no such driver (one of json-file, none, syslog, journald)"),
      (
        "json-file", ["max-size": "lots"],
        "--log-opt max-size=lots: not a size (a number and k, m or g, as in 10m)"
      ),
      ("", ["max-size": "0"], "--log-opt max-size=0: not a size (a number and k, m or g, as in 10m)"),
      ("", ["max-size": "10mx"], "--log-opt max-size=10mx: not a size (a number and k, m or g, as in 10m)"),
      ("", ["max-file": "0"], "--log-opt max-file=0: not a number of files (1 to 1000)"),
      ("", ["compress": "true"], "--log-opt compress=true: not supported: rotated files stay as they are"),
      ("", ["mode": "fast"], "--log-opt mode=fast: no such mode (blocking or non-blocking)"),
      ("", ["max-sise": "1"], "--log-opt max-sise: the driver json-file has no such option"),
      ("none", ["max-size": "1m"], "--log-opt max-size: the driver none has no such option"),
      ("journald", ["max-file": "1"], "--log-opt max-file: the driver journald has no such option"),
      (
        "", ["tag": "{{.Nmae}}"],
        "--log-opt tag={{.Nmae}}: {{.Nmae}} is not known ({{.ID}}, {{.FullID}}, {{.Name}}, {{.ImageName}}, "
          + "{{.ImageID}}, {{.ImageFullID}} or {{.Command}})"
      ),
      ("", ["tag": "{{.Name"], "--log-opt tag={{.Name: {{ without }}"),
      ("", ["labels-regex": "("], "--log-opt labels-regex=(: not a regular expression"),
      (
        "syslog", ["syslog-format": "rfc1"],
        "--log-opt syslog-format=rfc1: no such format (rfc3164, rfc5424 or rfc5424micro)"
      ),
      (
        "syslog", ["syslog-facility": "local8"],
        "--log-opt syslog-facility=local8: no such facility (kern, user, daemon, local0 to local7, …, or 0 to 23)"
      ),
      (
        "syslog", ["syslog-address": "127.0.0.1:514"],
        "--log-opt syslog-address=127.0.0.1:514: not an address "
          + "(udp://HOST:PORT, tcp://HOST:PORT, unix:///PATH or unixgram:///PATH)"
      ),
      (
        "syslog", ["syslog-address": "udp://[::1"],
        "--log-opt syslog-address=udp://[::1: not a host and a port"
      ),
      (
        "syslog", ["syslog-address": "tcp://127.0.0.1:99999"],
        "--log-opt syslog-address=tcp://127.0.0.1:99999: not a host and a port"
      ),
      (
        "syslog", ["syslog-address": "tcp+tls://logs:6514"],
        "--log-opt syslog-address=tcp+tls://logs:6514: not supported: there is no TLS "
          + "(let a local syslog daemon forward it)"
      ),
      (
        "syslog", ["syslog-tls-cert": "x"],
        "--log-opt syslog-tls-cert=x: not supported: there is no TLS (let a local syslog daemon forward it)"
      ),
    ] as [(String, [String: String], String)])
  func refused(_ driver: String, _ options: [String: String], _ expected: String) {
    let failure = #expect(throws: Failure.self) { try LogOptions(driver: driver, options) }
    #expect(failure?.description == expected)
  }

  @Test(arguments: [
    ("udp://127.0.0.1:5140", SyslogAddress.host("127.0.0.1", port: 5140, stream: false)),
    ("tcp://logs.example.com", .host("logs.example.com", port: 514, stream: true)),
    ("tcp://[::1]:601", .host("::1", port: 601, stream: true)),
    ("udp://[fe80::1]/", .host("fe80::1", port: 514, stream: false)),
    ("unix:///dev/log", .path("/dev/log", stream: true)),
    ("unixgram:///dev/log", .path("/dev/log", stream: false)),
  ])
  func addresses(_ text: String, _ expected: SyslogAddress) throws {
    #expect(try LogOptions(driver: "syslog", ["syslog-address": text]).syslogAddress == expected)
  }

  @Test func facilities() throws {
    for (text, code) in [("", 24), ("daemon", 24), ("kern", 0), ("local7", 184), ("23", 184), ("ftp", 88)] {
      #expect(try LogOptions(driver: "syslog", ["syslog-facility": text]).syslogFacility == code)
    }
  }

  @Test func tags() throws {
    func tag(_ template: String?, _ driver: String = "syslog") throws -> String {
      try LogOptions(driver: driver, template.map { ["tag": $0] } ?? [:]).tag(of: .web)
    }
    #expect(try tag(nil) == "0123456789ab")
    #expect(try tag(nil, "json-file") == "")
    #expect(try tag("a/{{.Name}}-{{ .ImageName }}.{{.ImageID}}") == "a/web-nginx:1.25.fedcba987654")
    #expect(try tag("{{.FullID}}{{.Command}}") == LoggedContainer.web.id + "nginx -g daemon off;")
    #expect(try tag("{ {}} }") == "{ {}} }")
  }

  @Test func json() throws {
    let options = try LogOptions(driver: "json-file", ["max-size": "1m", "max-file": "5"])
    let text = options.json()
    #expect(
      String(decoding: text, as: UTF8.self)
        == #"{"Type":"json-file","Config":{"max-file":"5","max-size":"1m"}}"#)
    #expect(try LogOptions(json: JSONDocument(text, name: "x").root) == options)
    let empty = LogOptions().json()
    #expect(String(decoding: empty, as: UTF8.self) == #"{"Type":"json-file","Config":{}}"#)
    #expect(throws: SpecError.self) {
      try LogOptions(json: JSONDocument(Array(#"{"Type":"x"}"#.utf8), name: "x").root)
    }
  }

  @Test func targetsThatAreNotThere() throws {
    let options = try LogOptions(driver: "syslog", ["syslog-address": "unix:///nowhere/log"])
    #expect(
      #expect(throws: Failure.self) { try options.check() }?.description
        == "--log-opt syslog-address=unix:///nowhere/log: no such file or directory (does a syslog daemon run?)"
    )
    let host = try LogOptions(driver: "syslog", ["syslog-address": "udp://no.such.host.invalid"])
    #expect(
      #expect(throws: Failure.self) { try host.check() }?.description
        == "--log-opt syslog-address=udp://no.such.host.invalid:514: unknown host "
        + "(an address in numbers, or a name that is in /etc/hosts)")
    try LogOptions(driver: "syslog", ["syslog-address": "udp://localhost:1"]).check()
    try LogOptions().check()
  }
}
