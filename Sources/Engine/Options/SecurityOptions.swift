import OCISpec
import Runtime

/// What `--security-opt` says.
public struct SecurityOptions: Equatable, Sendable {
  /// The system call filter.
  public enum Filter: Equatable, Sendable {
    /// Docker's default.
    case usual
    case unconfined
    /// The text of a profile: Docker's form, or runtime-spec's.
    case profile(String)
  }

  /// The options as they were said.
  public var words: [String] = []
  public var noNewPrivileges = false
  public var filter = Filter.usual
  /// A profile's name, or `unconfined`.
  public var apparmor: String?
  /// Whether the SELinux label is left to the host's policy.
  public var disablesLabel = false
  /// The parts of an SELinux label by their names: user, role, type, level.
  public var label: [String: String] = [:]
  /// Nothing of /proc and /sys is hidden or read-only.
  public var showsSystemPaths = false

  public init() {}

  /// Adds one `--security-opt`. A filter's file is read.
  public mutating func add(_ text: String) throws(Failure) {
    let flag = "--security-opt"
    let end = text.firstIndex { $0 == "=" || $0 == ":" }
    let name = text[..<(end ?? text.endIndex)]
    let value = end.map { String(text[text.index(after: $0)...]) }
    switch name {
    case "no-new-privileges":
      switch value {
      case nil, "true": noNewPrivileges = true
      case "false": noNewPrivileges = false
      default: throw Failure(flag, text, reason: "no-new-privileges is true or false")
      }
    case "seccomp":
      guard let value, !value.isEmpty else {
        throw Failure(flag, text, reason: "not seccomp=FILE or seccomp=unconfined")
      }
      filter = try Self.filter(value)
    case "apparmor":
      guard let value, !value.isEmpty else {
        throw Failure(flag, text, reason: "not apparmor=PROFILE or apparmor=unconfined")
      }
      apparmor = value
    case "label":
      try addLabel(value ?? "", text)
    case "systempaths":
      guard value == "unconfined" else { throw Failure(flag, text, reason: "not systempaths=unconfined") }
      showsSystemPaths = true
    default:
      throw Failure(
        flag, text, reason: "unknown option '\(name)'",
        hint: "no-new-privileges, seccomp, apparmor, label or systempaths")
    }
    words.append(text)
  }

  private mutating func addLabel(_ value: String, _ text: String) throws(Failure) {
    if value == "disable" {
      disablesLabel = true
      return
    }
    let pair = value.split(separator: ":", maxSplits: 1).map(String.init)
    guard pair.count == 2, ["user", "role", "type", "level"].contains(pair[0]) else {
      throw Failure("--security-opt", text, reason: "not label=disable or label=user|role|type|level:VALUE")
    }
    label[pair[0]] = pair[1]
  }

  private static func filter(_ value: String) throws(Failure) -> Filter {
    if value == "unconfined" { return .unconfined }
    if value == "builtin" { return .usual }
    let text = String(decoding: try Files.read(value, for: "--security-opt seccomp"), as: UTF8.self)
    do {
      _ = try SeccompFile(text, name: value)
    } catch {
      throw Failure("--security-opt seccomp=\(value)", reason: "\(error)")
    }
    return .profile(text)
  }
}

extension SecurityOptions: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    words = try object.strings("words")
    noNewPrivileges = try object.flag("noNewPrivileges")
    if try object.flag("isUnfiltered") { filter = .unconfined }
    if let text = try object.string("seccompProfile") { filter = .profile(text) }
    apparmor = try object.string("apparmor")
    disablesLabel = try object.flag("disablesLabel")
    label = try object.stringDictionary("label")
    showsSystemPaths = try object.flag("showsSystemPaths")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("words", words)
      writer.member("noNewPrivileges", flag: noNewPrivileges)
      writer.member("isUnfiltered", flag: filter == .unconfined)
      if case .profile(let text) = filter { writer.member("seccompProfile", text) }
      writer.member("apparmor", apparmor)
      writer.member("disablesLabel", flag: disablesLabel)
      writer.member("label", label)
      writer.member("showsSystemPaths", flag: showsSystemPaths)
    }
  }
}
