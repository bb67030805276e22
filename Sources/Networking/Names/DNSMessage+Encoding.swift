extension DNSMessage {
  /// As it travels. Where not all records have room, those that have none are left out, and the message says so.
  ///
  /// - Parameter limit: the most bytes; more than any question has.
  public func encoded(limit: Int = Int(UInt16.max)) -> [UInt8] {
    var flags = flags
    var bytes: [UInt8] = []
    for number in [id, flags.bits, UInt16(truncatingIfNeeded: questions.count), 0, 0, 0] {
      bytes.appendNumber(number)
    }
    for question in questions {
      bytes += question.name.wire
      bytes.appendNumber(question.type.rawValue)
      bytes.appendNumber(question.category)
    }
    // EDNS has room in any case: whoever asks with it wants it.
    let limit = limit - (edns == nil ? 0 : EDNS.length)
    var isFull = false
    for (place, section) in [(6, answers), (8, authorities), (10, additionals)] where !isFull {
      var count: UInt16 = 0
      for record in section {
        let encoded = encoded(record)
        guard bytes.count + encoded.count <= limit, count < .max else {
          isFull = true
          break
        }
        bytes += encoded
        count += 1
      }
      bytes.replace(count, at: place)
    }
    if let edns {
      bytes += [0]
      for number in [
        RecordType.options.rawValue, edns.size, UInt16(edns.outcome) << 8 | UInt16(edns.version), edns.flags,
        0,
      ] { bytes.appendNumber(number) }
      bytes.replace((UInt16(bytes[10]) << 8 | UInt16(bytes[11])) &+ 1, at: 10)
    }
    if isFull { flags.isTruncated = true }
    bytes.replace(flags.bits, at: 2)
    return bytes
  }

  private func encoded(_ record: Record) -> [UInt8] {
    // The name in the question stands behind the header, and almost every answer is about it.
    let isAsked = questions.first?.name == record.name && record.name != .root
    var bytes = isAsked ? [0xC0, UInt8(Self.headerSize)] : record.name.wire
    bytes.appendNumber(record.type.rawValue)
    bytes.appendNumber(record.category)
    bytes.appendNumber(UInt16(record.lifetime >> 16))
    bytes.appendNumber(UInt16(truncatingIfNeeded: record.lifetime))
    let data =
      switch record.data {
      case .address(let address): address.bytes
      case .pointer(let name): name.wire
      case .other(let data): data
      }
    bytes.appendNumber(UInt16(truncatingIfNeeded: data.count))
    return bytes + data
  }
}

extension DNSMessage.EDNS {
  /// How long its record is.
  static let length = 11
}

extension [UInt8] {
  /// A number with its upper byte first.
  mutating func appendNumber(_ number: UInt16) {
    self += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  mutating func replace(_ number: UInt16, at place: Int) {
    self[place] = UInt8(number >> 8)
    self[place + 1] = UInt8(truncatingIfNeeded: number)
  }
}
