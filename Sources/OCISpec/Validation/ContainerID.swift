/// A container's ID: a name that is safe as a file's and a cgroup's name.
public struct ContainerID: Hashable, Sendable, CustomStringConvertible {
  /// The longest ID, in bytes.
  public static let maximumLength = 1024

  /// The ID as text.
  public let text: String

  /// Checks an ID: letters, digits and `_+.-`, neither `.` nor `..`, 1...1024 bytes. Throws `SpecError`.
  public init(_ text: String) throws(SpecError) {
    let path = "container ID"
    try require(!text.isEmpty, path, "must not be empty")
    try require(
      text.utf8.count <= Self.maximumLength, path,
      "must have at most \(Self.maximumLength) bytes, not \(text.utf8.count)")
    try require(
      text.utf8.allSatisfy(Self.isAllowed), path,
      "must consist of letters, digits and '_+.-', unlike \(quoted(text))")
    try require(text != "." && text != "..", path, "must not be \(quoted(text))")
    self.text = text
  }

  public var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
