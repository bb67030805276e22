extension DNSMessage {
  /// Reads a message whole; nil where anything in it is malformed. Bytes behind its end are not looked at.
  public init?(_ bytes: [UInt8]) {
    var reader = DNSReader(bytes)
    guard let id = reader.number(), let flags = reader.number(), let questions = reader.number(),
      let answers = reader.number(), let authorities = reader.number(), let additionals = reader.number()
    else { return nil }
    self.init(id: id, flags: Flags(bits: flags))
    // Room is made for what is read, never for what is announced.
    for _ in 0..<questions {
      guard let question = reader.question() else { return nil }
      self.questions.append(question)
    }
    guard let answers = reader.records(answers), let authorities = reader.records(authorities),
      let others = reader.records(additionals)
    else { return nil }
    self.answers = answers
    self.authorities = authorities
    for record in others {
      guard record.type == .options else {
        self.additionals.append(record)
        continue
      }
      guard edns == nil, record.name == .root else { return nil }
      var edns = EDNS(size: record.category)
      edns.outcome = UInt8(truncatingIfNeeded: record.lifetime >> 24)
      edns.version = UInt8(truncatingIfNeeded: record.lifetime >> 16)
      edns.flags = UInt16(truncatingIfNeeded: record.lifetime)
      self.edns = edns
    }
  }
}

/// Reads a message from its beginning. Nothing outside of it is read, whatever it says.
struct DNSReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func number() -> UInt16? {
    guard bytes.count - position >= 2 else { return nil }
    defer { position += 2 }
    return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
  }

  /// Passes over numbers; says whether they were there.
  mutating func skip(_ count: Int) -> Bool { (0..<count).allSatisfy { _ in number() != nil } }

  /// A name. What a pointer leads to is always before the place where the part with the pointer began, so there are
  /// no loops; and there are no more of them than labels in the longest name.
  mutating func name() -> DNSName? {
    var wire: [UInt8] = []
    var (place, start, end, pointers) = (position, position, Int?.none, 0)
    while place < bytes.count {
      let length = Int(bytes[place])
      if length >= 0xC0 {
        guard place + 1 < bytes.count else { return nil }
        let target = (length & 0x3f) << 8 | Int(bytes[place + 1])
        pointers += 1
        guard target < start, target >= DNSMessage.headerSize, pointers <= 127 else { return nil }
        if end == nil { end = place + 2 }
        (place, start) = (target, target)
        continue
      }
      guard length <= 63, bytes.count - place > length, wire.count + length < 255 else { return nil }
      wire += bytes[place...place + length]
      place += length + 1
      if length == 0 {
        position = end ?? place
        return DNSName(wire: wire)
      }
    }
    return nil
  }

  mutating func question() -> DNSMessage.Question? {
    guard let name = name(), let type = number(), let category = number() else { return nil }
    return DNSMessage.Question(name, DNSMessage.RecordType(rawValue: type), category: category)
  }

  mutating func records(_ count: UInt16) -> [DNSMessage.Record]? {
    var records: [DNSMessage.Record] = []
    for _ in 0..<count {
      guard let record = record() else { return nil }
      records.append(record)
    }
    return records
  }

  private mutating func record() -> DNSMessage.Record? {
    guard let name = name(), let type = number(), let category = number(), let upper = number(),
      let lower = number(), let length = number(), bytes.count - position >= Int(length)
    else { return nil }
    let end = position + Int(length)
    let kind = DNSMessage.RecordType(rawValue: type)
    var data = DNSMessage.Data.other(Array(bytes[position..<end]))
    if category == DNSMessage.internet {
      switch kind {
      case .a, .aaaa:
        guard let address = IPAddress(bytes: bytes[position..<end]), address.isV6 == (kind == .aaaa)
        else { return nil }
        data = .address(address)
      case .pointer:
        guard let target = self.name(), position == end else { return nil }
        data = .pointer(target)
      default: break
      }
    }
    position = end
    let lifetime = UInt32(upper) << 16 | UInt32(lower)
    return DNSMessage.Record(name, kind, data, category: category, lifetime: lifetime)
  }
}
