import OCISpec
import Runtime

/// One `--device`: a node of the host's, or all below a folder.
public struct DeviceFlag: Equatable, Sendable {
  /// Absolute path on the host.
  public var source: String
  /// Absolute path in the container.
  public var target: String
  /// Of `r`, `w` and `m`.
  public var access: String

  public init(source: String, target: String, access: String = "rwm") {
    self.source = source
    self.target = target
    self.access = access
  }

  /// `HOST[:CONTAINER[:rwm]]`; with two parts the second may be the access.
  public init(_ text: String) throws(Failure) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), !parts.contains("") else {
      throw Failure("--device", text, reason: "not HOST[:CONTAINER[:rwm]]")
    }
    self.init(source: parts[0], target: parts[0])
    if parts.count == 2, Self.isAccess(parts[1]) {
      access = parts[1]
    } else if parts.count > 1 {
      target = parts[1]
    }
    if parts.count == 3 { access = parts[2] }
    guard Self.isAccess(access) else {
      throw Failure("--device", text, reason: "unknown access '\(access)'", hint: "of r, w and m")
    }
    for path in [source, target] where !path.hasPrefix("/") {
      throw Failure("--device", text, reason: "\(path) is not an absolute path")
    }
  }

  private static func isAccess(_ text: String) -> Bool {
    (1...3).contains(text.count) && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
  }

  /// `TYPE MAJOR:MINOR ACCESS` of `--device-cgroup-rule`, as in `c 10:* rwm`.
  public static func rule(_ text: String) throws(Failure) -> LinuxDeviceCgroup {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    let numbers = parts.count == 3 ? parts[1].split(separator: ":", omittingEmptySubsequences: false) : []
    guard numbers.count == 2, ["a", "b", "c"].contains(parts[0]), isAccess(String(parts[2])),
      numbers.allSatisfy({ $0 == "*" || UInt32($0) != nil })
    else {
      throw Failure(
        "--device-cgroup-rule", text, reason: "not 'TYPE MAJOR:MINOR ACCESS'", hint: "as in 'c 10:* rwm'")
    }
    return LinuxDeviceCgroup(
      allow: true, type: String(parts[0]), major: Int64(numbers[0]), minor: Int64(numbers[1]),
      access: String(parts[2]))
  }
}

extension DeviceFlag: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(
      source: object.required("source").string(), target: object.required("target").string(),
      access: object.required("access").string())
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("source", source)
      writer.member("target", target)
      writer.member("access", access)
    }
  }
}
