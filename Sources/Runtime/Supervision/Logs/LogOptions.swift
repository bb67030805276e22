import Glibc
import OCISpec

/// How a container's output is logged: `--log-driver` and `--log-opt`, checked.
public struct LogOptions: Equatable, Sendable {
  public enum Driver: String, CaseIterable, Sendable {
    case jsonFile = "json-file"
    case none
    case syslog
    case journald
  }

  public var driver: Driver
  /// The options as they were given, by name. What they mean is below.
  public private(set) var given: [String: String]

  /// How large a file may become, in bytes; nil for any size. Default: 10 MB.
  public private(set) var maximumSize: Int? = 10_000_000
  /// How many files there may be, the one that is written to among them. Default: 3.
  public private(set) var maximumCount = 3
  /// Whether the payload waits when lines come faster than they can leave; else lines are lost then, and counted.
  public private(set) var holdsPayload = false
  /// How much may wait to leave, in bytes. Default: 1 MiB.
  public private(set) var queueSize = 1 << 20
  public private(set) var syslogAddress = SyslogAddress.local
  /// Shifted, as it stands in a message. Default: daemon.
  public private(set) var syslogFacility = 3 << 3
  public private(set) var syslogFormat = SyslogFormat.local

  /// The default: json-file, 3 files of 10 MB.
  public init() { (driver, given) = (.jsonFile, [:]) }

  /// Checks a driver's name and its options.
  ///
  /// - Parameter driver: empty for the default.
  /// - Throws: `Failure` that names `--log-driver`, or `--log-opt` and the option.
  public init(driver name: String, _ options: [String: String]) throws(Failure) {
    guard let driver = name.isEmpty ? .jsonFile : Driver(rawValue: name) else {
      let known = Driver.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure("--log-driver", name, reason: "no such driver", hint: "one of " + known)
    }
    (self.driver, given) = (driver, options)
    for (option, value) in options.sorted(by: { $0.key < $1.key }) { try set(option, value) }
    if driver == .jsonFile || driver == .syslog || driver == .journald {
      // A mistake in a template or an expression is found before there is a container.
      let nobody = LoggedContainer(id: String(repeating: "0", count: 64), name: "")
      _ = try tag(of: nobody)
      _ = try attributes(of: nobody)
    }
  }

  private mutating func set(_ option: String, _ value: String) throws(Failure) {
    switch (option, driver) {
    case ("mode", _): holdsPayload = try mode(value)
    case ("max-buffer-size", _): queueSize = try size(option, value)
    case ("tag", .jsonFile), ("tag", .syslog), ("tag", .journald): break
    case ("labels", .jsonFile), ("labels", .syslog), ("labels", .journald): break
    case ("labels-regex", .jsonFile), ("labels-regex", .syslog), ("labels-regex", .journald): break
    case ("env", .jsonFile), ("env", .syslog), ("env", .journald): break
    case ("env-regex", .jsonFile), ("env-regex", .syslog), ("env-regex", .journald): break
    case ("max-size", .jsonFile): maximumSize = value == "-1" ? nil : try size(option, value)
    case ("max-file", .jsonFile):
      guard let count = Int(value), (1...1000).contains(count) else {
        throw Self.wrong(option, value, "not a number of files", hint: "1 to 1000")
      }
      maximumCount = count
    case ("compress", .jsonFile):
      if value != "false" { throw Self.wrong(option, value, "not supported: rotated files stay as they are") }
    case ("syslog-address", .syslog): syslogAddress = try SyslogAddress(value)
    case ("syslog-facility", .syslog): syslogFacility = try SyslogFacility.code(value)
    case ("syslog-format", .syslog):
      guard let format = SyslogFormat(option: value) else {
        throw Self.wrong(option, value, "no such format", hint: "rfc3164, rfc5424 or rfc5424micro")
      }
      syslogFormat = format
    case (_, .syslog) where option.hasPrefix("syslog-tls-"):
      throw Self.wrong(
        option, value, "not supported: there is no TLS", hint: "let a local syslog daemon forward it")
    default:
      throw Failure("--log-opt", option, reason: "the driver \(driver.rawValue) has no such option")
    }
  }

  static func wrong(_ option: String, _ value: String, _ reason: String, hint: String? = nil) -> Failure {
    Failure("--log-opt", option + "=" + value, reason: reason, hint: hint)
  }

  private func mode(_ value: String) throws(Failure) -> Bool {
    guard value == "blocking" || value == "non-blocking" else {
      throw Self.wrong("mode", value, "no such mode", hint: "blocking or non-blocking")
    }
    return value == "blocking"
  }

  /// `10m` are ten million bytes, as docker has it for logs; `10mib` are as many as everywhere.
  private func size(_ option: String, _ value: String) throws(Failure) -> Int {
    let number = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = value[number.endIndex...].lowercased()
    let powers: [Character: Double] = ["k": 1, "m": 2, "g": 3, "t": 4]
    var factor = 1.0
    if let letter = unit.first, let power = powers[letter] {
      let isBinary = unit.dropFirst() == "ib"
      guard isBinary || unit.dropFirst() == "b" || unit.count == 1 else { throw wrongSize(option, value) }
      factor = pow(isBinary ? 1024 : 1000, power)
    } else if !unit.isEmpty && unit != "b" {
      throw wrongSize(option, value)
    }
    guard number.first != ".", number.last != ".", let count = Double(number), count * factor >= 1,
      count * factor < 1e18
    else { throw wrongSize(option, value) }
    return Int(count * factor)
  }

  private func wrongSize(_ option: String, _ value: String) -> Failure {
    Self.wrong(option, value, "not a size", hint: "a number and k, m or g, as in 10m")
  }
}

extension LogOptions: JSONReadable, JSONWritable {
  /// As docker's HostConfig.LogConfig: `{"Type":"json-file","Config":{}}`.
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let driver = try object.string("Type") ?? ""
    let options = try object.stringDictionary("Config")
    do throws(Failure) {
      try self.init(driver: driver, options)
    } catch {
      throw node.error("\(error)")
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("Type", driver.rawValue)
      writer.name("Config")
      writer.object { writer in
        for (option, value) in given.sorted(by: { $0.key < $1.key }) {
          writer.name(option)
          writer.string(value)
        }
      }
    }
  }
}
