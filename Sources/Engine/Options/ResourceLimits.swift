import OCISpec
import Runtime

/// Limits as people state them; nil where nothing is said.
public struct ResourceLimits: Equatable, Sendable {
  /// Bytes.
  public var memory: Int64?
  /// Bytes of memory and swap together, -1 for no limit.
  public var memorySwap: Int64?
  /// Bytes that are left to the container when the machine's memory gets short.
  public var memoryReservation: Int64?
  /// Percent.
  public var memorySwappiness: UInt64?
  public var disablesOOMKiller = false
  /// -1000...1000.
  public var oomScoreAdjustment: Int?
  /// Billionths of a processor.
  public var nanoCPUs: Int64?
  public var cpuShares: UInt64?
  /// Microseconds.
  public var cpuPeriod: UInt64?
  /// Microseconds in each period.
  public var cpuQuota: Int64?
  /// A list as in `0-2,4`.
  public var cpuset: String?
  /// A list as in `0-2,4`.
  public var memoryNodes: String?
  /// -1 for no limit.
  public var pids: Int64?
  /// 10...1000.
  public var blockWeight: UInt16?
  public var blockWeightDevices: [DeviceRate] = []
  /// Bytes per second.
  public var readBytes: [DeviceRate] = []
  /// Bytes per second.
  public var writeBytes: [DeviceRate] = []
  /// Operations per second.
  public var readOperations: [DeviceRate] = []
  /// Operations per second.
  public var writeOperations: [DeviceRate] = []
  public var ulimits: [Ulimit] = []
  /// Bytes of /dev/shm.
  public var sharedMemory: Int64?

  public init() {}
}

/// A number that holds for one of the host's block devices.
public struct DeviceRate: Equatable, Sendable {
  /// Absolute path on the host.
  public var path: String
  public var rate: UInt64

  public init(path: String, rate: UInt64) {
    self.path = path
    self.rate = rate
  }

  /// `DEVICE:RATE`; the rate of `…-bps` has a unit.
  public init(_ text: String, flag: String, isSize: Bool) throws(Failure) {
    guard let colon = text.lastIndex(of: ":"), text.hasPrefix("/dev/") else {
      throw Failure(flag, text, reason: "not DEVICE:RATE", hint: "as in /dev/sda:\(isSize ? "1mb" : "100")")
    }
    let number = String(text[text.index(after: colon)...])
    path = String(text[..<colon])
    if isSize {
      rate = UInt64(try ByteSize.parse(number, flag: flag + " " + path + ":"))
    } else if let plain = UInt64(number) {
      rate = plain
    } else {
      throw Failure(flag, text, reason: "not a number of operations per second")
    }
    if rate == 0 { throw Failure(flag, text, reason: "the rate must be positive") }
  }

  /// `DEVICE:WEIGHT`.
  public init(weight text: String) throws(Failure) {
    let flag = "--blkio-weight-device"
    guard let colon = text.lastIndex(of: ":"), text.hasPrefix("/dev/") else {
      throw Failure(flag, text, reason: "not DEVICE:WEIGHT", hint: "as in /dev/sda:500")
    }
    guard let weight = UInt64(text[text.index(after: colon)...]), (10...1000).contains(weight) else {
      throw Failure(flag, text, reason: "the weight is a number from 10 to 1000")
    }
    path = String(text[..<colon])
    rate = weight
  }
}

/// One `--ulimit`.
public struct Ulimit: Equatable, Sendable {
  /// As the shell and Docker name it: `nofile`.
  public var name: String
  /// -1 for no limit.
  public var soft: Int64
  /// -1 for no limit.
  public var hard: Int64

  /// What Docker knows, which is what the kernel knows without `as`.
  static let names: Set<String> = [
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
    "rtprio",
    "rttime", "sigpending", "stack",
  ]

  public init(name: String, soft: Int64, hard: Int64) {
    self.name = name
    self.soft = soft
    self.hard = hard
  }

  /// `NAME=SOFT[:HARD]`.
  public init(_ text: String) throws(Failure) {
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard pair.count == 2 else {
      throw Failure("--ulimit", text, reason: "not NAME=SOFT[:HARD]", hint: "as in nofile=1024:2048")
    }
    guard Self.names.contains(pair[0]) else {
      throw Failure("--ulimit", text, reason: "unknown limit '\(pair[0])'")
    }
    let numbers = pair[1].split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
    guard (1...2).contains(numbers.count), let soft = numbers[0], let hard = numbers[numbers.count - 1],
      soft >= -1, hard >= -1
    else { throw Failure("--ulimit", text, reason: "limits are whole numbers", hint: "-1: no limit") }
    if hard != -1 && (soft == -1 || soft > hard) {
      throw Failure("--ulimit", text, reason: "the soft limit must not be above the hard one")
    }
    self.init(name: pair[0], soft: soft, hard: hard)
  }
}
