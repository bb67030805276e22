import OCISpec

/// One rule on the use of device nodes, checked and in numbers.
public struct DeviceRule: Equatable, Sendable {
  /// The kinds of device node a rule speaks of.
  public enum Kind: Equatable, Sendable {
    case any, block, character
  }

  /// What may be done with a node.
  public struct Access: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    // The numbers are the kernel's, BPF_DEVCG_ACC_* of linux/bpf.h.
    public static let mknod = Access(rawValue: 1)
    public static let read = Access(rawValue: 2)
    public static let write = Access(rawValue: 4)
    public static let all: Access = [.mknod, .read, .write]
  }

  public var allow: Bool
  public var kind: Kind
  /// nil stands for all of them.
  public var major: UInt32?
  /// nil stands for all of them.
  public var minor: UInt32?
  public var access: Access

  public init(allow: Bool, _ kind: Kind, major: UInt32?, minor: UInt32?, _ access: Access) {
    self.allow = allow
    self.kind = kind
    self.major = major
    self.minor = minor
    self.access = access
  }

  /// Checks a rule of `linux.resources.devices`.
  ///
  /// - Throws: `Failure` naming the field that is invalid.
  init(_ rule: LinuxDeviceCgroup, field: String) throws {
    allow = rule.allow
    switch rule.type {
    case nil, "", "a": kind = .any
    case "b": kind = .block
    case "c", "u": kind = .character
    case let type?: throw Failure(field + ".type", reason: "`\(type)` is none of a, b and c")
    }
    major = try Self.number(rule.major, bits: 12, field + ".major")
    minor = try Self.number(rule.minor, bits: 20, field + ".minor")
    access = []
    for letter in (rule.access ?? "").utf8 {
      switch letter {
      case UInt8(ascii: "r"): access.insert(.read)
      case UInt8(ascii: "w"): access.insert(.write)
      case UInt8(ascii: "m"): access.insert(.mknod)
      default:
        throw Failure(field + ".access", reason: "`\(rule.access!)` has a letter other than r, w and m")
      }
    }
    if access.isEmpty { throw Failure(field + ".access", reason: "must have some of r, w and m") }
  }

  /// Absent and -1 stand for all numbers. The kernel's have 12 and 20 bits, `MKDEV` of linux/kdev_t.h.
  private static func number(_ number: Int64?, bits: Int64, _ field: String) throws -> UInt32? {
    guard let number, number != -1 else { return nil }
    if number < 0 || number >> bits != 0 { throw Failure(field, reason: "\(number) is no device number") }
    return UInt32(number)
  }

  /// Whether it decides about every device and every access.
  var isTotal: Bool { kind == .any && major == nil && minor == nil && access == .all }

  /// Whether everything the other rule speaks of is spoken of here too.
  func covers(_ other: DeviceRule) -> Bool {
    (kind == .any || kind == other.kind) && (major == nil || major == other.major)
      && (minor == nil || minor == other.minor) && access.isSuperset(of: other.access)
  }

  /// One rule for two that differ only in that one speaks of block and the other of character devices.
  func joined(with other: DeviceRule) -> DeviceRule? {
    var both = self
    both.kind = other.kind
    guard kind != .any, other.kind != .any, kind != other.kind, both == other else { return nil }
    both.kind = .any
    return both
  }

  /// What every container may use, as runc and crun allow it: nodes that give nothing away, the terminals of
  /// its own devpts, and making nodes, which are of no use unless a rule allows them.
  public static let defaults: [DeviceRule] = [
    DeviceRule(allow: true, .character, major: nil, minor: nil, .mknod),
    DeviceRule(allow: true, .block, major: nil, minor: nil, .mknod),
    DeviceRule(allow: true, .character, major: 1, minor: 3, .all),  // null
    DeviceRule(allow: true, .character, major: 1, minor: 5, .all),  // zero
    DeviceRule(allow: true, .character, major: 1, minor: 7, .all),  // full
    DeviceRule(allow: true, .character, major: 1, minor: 8, .all),  // random
    DeviceRule(allow: true, .character, major: 1, minor: 9, .all),  // urandom
    DeviceRule(allow: true, .character, major: 5, minor: 0, .all),  // tty
    DeviceRule(allow: true, .character, major: 5, minor: 1, .all),  // console
    DeviceRule(allow: true, .character, major: 5, minor: 2, .all),  // ptmx
    DeviceRule(allow: true, .character, major: 136, minor: nil, .all),  // pts/*
    // Of a network namespace, and nothing in it without CAP_NET_ADMIN there: VPN clients make the node themselves.
    DeviceRule(allow: true, .character, major: 10, minor: 200, .all),  // net/tun
  ]
}
