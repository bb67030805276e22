import CShim
import Glibc

/// Lines as entries of the journal, in its native protocol: a datagram each, with a field a line.
///
/// Source: systemd, "Native Journal Protocol". The fields are docker's.
struct JournalEntries: LogMessageFormat {
  static let socket = "/run/systemd/journal/socket"

  /// The fields that are the same for all lines.
  private let fields: [UInt8]
  private var current: [UInt8] = []

  init(_ container: LoggedContainer, tag: String, attributes: [(String, String)]) {
    let common = [
      ("CONTAINER_ID", String(container.id.prefix(12))), ("CONTAINER_ID_FULL", container.id),
      ("CONTAINER_NAME", container.name), ("CONTAINER_TAG", tag), ("SYSLOG_IDENTIFIER", tag),
      ("IMAGE_NAME", container.imageName),
    ]
    var fields: [UInt8] = []
    for (name, value) in common + attributes.map({ (Self.fieldName($0.0), $0.1) }) where !name.isEmpty {
      Self.append(name, value, to: &fields)
    }
    self.fields = fields
  }

  mutating func begin(_ stream: LogStream, at time: timespec) {
    current = fields
    Self.append("PRIORITY", stream == .stderr ? "3" : "6", to: &current)
    // The journal's own time is that of the entry's arrival.
    Self.append("SYSLOG_TIMESTAMP", LogTime.text(time), to: &current)
  }

  func head(whole: Bool) -> [UInt8] {
    var head = current
    if !whole { Self.append("CONTAINER_PARTIAL_MESSAGE", "true", to: &head) }
    // A line has no line feed: it needs no length.
    return head + Array("MESSAGE=".utf8)
  }

  /// A value with a line feed in it is preceded by its length, 8 bytes, little-endian.
  private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
    bytes += Array(name.utf8)
    let value = Array(value.utf8)
    if value.contains(0x0A) {
      bytes.append(0x0A)
      withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += Array($0) }
    } else {
      bytes.append(UInt8(ascii: "="))
    }
    bytes += value + [0x0A]
  }

  /// Fields have capital letters, digits and underscores, none of these first. What is left may be empty.
  static func fieldName(_ text: String) -> String {
    let letters = text.unicodeScalars.map { letter -> Character in
      switch letter {
      case "a"..."z": Character(Unicode.Scalar(letter.value - 32)!)
      case "A"..."Z", "0"..."9": Character(letter)
      default: "_"
      }
    }
    return String(letters.drop { $0 == "_" })
  }

  /// An entry that is too large for a datagram: sealed in memory, and its descriptor sent.
  static func sendLarge(_ socket: CInt, _ entry: UnsafeRawBufferPointer) -> Bool {
    // MFD_CLOEXEC and MFD_ALLOW_SEALING; all four seals, else the journal does not take it.
    let memory = OwnedFD(shim_memfd_create("journal-entry", 0x1 | 0x2))
    guard memory.raw >= 0, Glibc.write(memory.raw, entry.baseAddress, entry.count) == entry.count else {
      return false
    }
    let (addSeals, seals): (CInt, CInt) = (1033, 0xF)
    guard fcntl(memory.raw, addSeals, seals) == 0 else { return false }
    var descriptor = memory.raw
    return shim_send_descriptors(socket, nil, 0, &descriptor, 1) >= 0
  }
}
