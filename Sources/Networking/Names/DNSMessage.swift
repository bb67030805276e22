/// A message of the domain name system: a question, or what is answered. Source: RFC 1035, section 4.
public struct DNSMessage: Equatable, Sendable {
  public var id: UInt16
  public var flags: Flags
  public var questions: [Question] = []
  public var answers: [Record] = []
  public var authorities: [Record] = []
  /// Without the record that is not one: `edns`.
  public var additionals: [Record] = []
  /// What EDNS says; nil where it is not spoken.
  public var edns: EDNS?

  public init(id: UInt16, flags: Flags) {
    self.id = id
    self.flags = flags
  }

  public struct Question: Equatable, Sendable {
    public var name: DNSName
    public var type: RecordType
    public var category: UInt16

    public init(_ name: DNSName, _ type: RecordType, category: UInt16 = DNSMessage.internet) {
      self.name = name
      self.type = type
      self.category = category
    }
  }

  public struct Record: Equatable, Sendable {
    public var name: DNSName
    public var type: RecordType
    /// The class; `internet` almost always.
    public var category: UInt16
    /// How long it may be remembered, in seconds.
    public var lifetime: UInt32
    public var data: Data

    public init(_ name: DNSName, _ data: Data, lifetime: UInt32 = 0) {
      self.init(name, data.type ?? .any, data, category: DNSMessage.internet, lifetime: lifetime)
    }

    init(_ name: DNSName, _ type: RecordType, _ data: Data, category: UInt16, lifetime: UInt32) {
      self.name = name
      self.type = type
      self.category = category
      self.lifetime = lifetime
      self.data = data
    }
  }

  public enum Data: Equatable, Sendable {
    /// Of types A and AAAA.
    case address(IPAddress)
    /// Of type PTR.
    case pointer(DNSName)
    /// Of any other type, as it came.
    case other([UInt8])

    var type: RecordType? {
      switch self {
      case .address(let address): address.isV6 ? .aaaa : .a
      case .pointer: .pointer
      case .other: nil
      }
    }
  }

  /// The class of almost everything.
  public static let internet: UInt16 = 1

  /// The header's length.
  static let headerSize = 12
  /// What a datagram may have where nothing else was agreed upon.
  static let plainSize = 512
}

extension DNSMessage {
  /// The number of a type of record, or of a question about several.
  public struct RecordType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let a = RecordType(rawValue: 1)
    public static let pointer = RecordType(rawValue: 12)
    public static let aaaa = RecordType(rawValue: 28)
    public static let options = RecordType(rawValue: 41)
    public static let any = RecordType(rawValue: 255)
  }

  /// What was made of a question.
  public enum Outcome: UInt16, Sendable {
    case success = 0
    case formatError = 1
    case serverFailure = 2
    case noSuchName = 3
    case notImplemented = 4
    case refused = 5
    /// Its upper bits travel in EDNS.
    case badVersion = 16
  }

  /// The second word of the header.
  public struct Flags: Equatable, Sendable {
    public var bits: UInt16
    public init(bits: UInt16) { self.bits = bits }

    public static let question = Flags(bits: 0x0100)

    public var isResponse: Bool {
      get { self[0x8000] }
      set { self[0x8000] = newValue }
    }
    /// What is asked for; 0 is a question.
    public var operation: UInt16 { bits >> 11 & 15 }
    public var isAuthoritative: Bool {
      get { self[0x0400] }
      set { self[0x0400] = newValue }
    }
    public var isTruncated: Bool {
      get { self[0x0200] }
      set { self[0x0200] = newValue }
    }
    public var recursionDesired: Bool { self[0x0100] }
    public var recursionAvailable: Bool {
      get { self[0x0080] }
      set { self[0x0080] = newValue }
    }
    /// The lower four bits of what was made of it.
    public var outcome: UInt16 {
      get { bits & 15 }
      set { bits = bits & ~15 | newValue & 15 }
    }

    /// Of a question, what goes into its answer: operation, RD and CD.
    var kept: Flags { Flags(bits: bits & 0x7910) }
    /// Of a question, what goes upstream: RD, AD and CD.
    var forwarded: Flags { Flags(bits: bits & 0x0130) }

    private subscript(_ bit: UInt16) -> Bool {
      get { bits & bit != 0 }
      set { bits = newValue ? bits | bit : bits & ~bit }
    }
  }

  /// The extension that travels as a record of type OPT; its options are not ours. Source: RFC 6891.
  public struct EDNS: Equatable, Sendable {
    /// The longest datagram that its sender takes, in bytes.
    public var size: UInt16
    /// The upper eight bits of what was made of a question.
    public var outcome: UInt8 = 0
    public var version: UInt8 = 0
    /// DO, and bits that nobody uses.
    public var flags: UInt16 = 0

    public init(size: UInt16) { self.size = size }
  }
}
