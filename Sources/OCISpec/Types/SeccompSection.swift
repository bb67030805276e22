/// The `linux.seccomp` member of a configuration: either a value made in code, or its JSON text.
///
/// A filter is by far the largest part of an engine's configuration. Whoever has compiled the same text
/// before needs neither its decoding nor its value, so the text is kept and decoded on demand.
public struct SeccompSection: Sendable {
  /// The member's JSON text, byte for byte as it was read; empty for a value made in code.
  public let source: [UInt8]
  private let value: LinuxSeccomp?

  /// A section from a value.
  public init(_ value: LinuxSeccomp) {
    self.source = []
    self.value = value
  }

  /// The section's value. Throws `SpecError` with the path of what is wrong in the text.
  public func decoded() throws(SpecError) -> LinuxSeccomp {
    guard let value else { throw SpecError("linux.seccomp", "has no value") }
    return value
  }
}

extension SeccompSection: Equatable {
  /// Whether both describe the same filter; how their texts are laid out does not matter.
  public static func == (left: SeccompSection, right: SeccompSection) -> Bool {
    guard let first = try? left.decoded(), let second = try? right.decoded() else { return false }
    return first == second
  }
}
