/// The `linux.seccomp` member of a configuration: either its JSON text, or a value made in code.
///
/// A filter is by far the largest part of an engine's configuration. Whoever has compiled the same text
/// before needs neither its decoding nor its value, so the text is kept and decoded on demand.
public struct SeccompSection: Sendable {
  private enum Content {
    case text([UInt8])
    case value(LinuxSeccomp)
  }

  static let path = "linux.seccomp"

  private let content: Content

  /// A section from a value.
  public init(_ value: LinuxSeccomp) {
    content = .value(value)
  }

  /// A section from JSON text. Throws `SpecError` where the text is no JSON object; what the object holds
  /// is looked at by `decoded()`.
  public init(source: [UInt8], name: String) throws(SpecError) {
    let document = try JSONDocument(source, name: name, rootPath: Self.path)
    try self.init(json: document.root)
  }

  /// The section's JSON text: byte for byte as it was read, or written anew for a value made in code. Equal
  /// texts mean equal filters, so it can serve as the key of a cache.
  public var source: [UInt8] {
    switch content {
    case .text(let text): text
    case .value(let value): value.json()
    }
  }

  /// The section's value. Throws `SpecError` with the path of what is wrong, be it the value's shape or
  /// its meaning.
  public func decoded() throws(SpecError) -> LinuxSeccomp {
    let value: LinuxSeccomp
    switch content {
    case .value(let made): value = made
    case .text(let text):
      value = try LinuxSeccomp(json: JSONDocument(text, name: Self.path, rootPath: Self.path).root)
    }
    try value.validate(at: Self.path)
    return value
  }
}

extension SeccompSection: Equatable {
  /// Whether both describe the same filter; how their texts are laid out does not matter.
  public static func == (left: SeccompSection, right: SeccompSection) -> Bool {
    if case .text(let first) = left.content, case .text(let second) = right.content, first == second {
      return true
    }
    guard let first = try? left.decoded(), let second = try? right.decoded() else { return false }
    return first == second
  }
}

extension SeccompSection: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    _ = try node.object()
    content = .text(Array(node.source))
  }

  /// Writes the section; the compact layout keeps a text byte for byte.
  public func write(to writer: inout JSONWriter) {
    switch content {
    case .value(let value): value.write(to: &writer)
    case .text(let text):
      if writer.layout != .compact, let document = try? JSONDocument(text, name: Self.path) {
        document.root.write(to: &writer)
      } else {
        writer.raw(text)
      }
    }
  }
}
