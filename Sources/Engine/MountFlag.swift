import OCISpec
import Runtime

/// One `-v` or `--mount`.
public struct MountFlag: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Absolute path on the host; whether a missing folder is made.
    case bind(source: String, makesSource: Bool)
    case tmpfs
  }

  public var kind: Kind
  /// Absolute path in the container.
  public var target: String
  /// As runtime-spec names them.
  public var options: [String]

  /// What is mounted below the source is not left writable either.
  private static let readOnly = "rro"

  /// `HOST:CONTAINER[:OPTIONS]`, as `-v` takes it: a missing host folder is made.
  public init(volume text: String) throws(Failure) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count), !parts[0].isEmpty else {
      throw Failure("--volume", text, reason: "not HOST:CONTAINER[:ro]")
    }
    guard parts[0].hasPrefix("/") || parts[0].hasPrefix(".") else {
      throw Failure(
        "--volume", text, reason: "named volumes are not supported yet", hint: "give a path: ./\(parts[0])")
    }
    kind = .bind(source: Files.absolute(parts[0]), makesSource: true)
    target = parts[1]
    options = ["rbind"]
    var propagation = "rprivate"
    for option in parts.count == 3 ? parts[2].split(separator: ",") : [] {
      switch option {
      case "ro": options.append(Self.readOnly)
      case "rw": break
      // Labels are for SELinux; where there is none, there is nothing to relabel.
      case "z", "Z": break
      case "private", "rprivate", "shared", "rshared", "slave", "rslave": propagation = String(option)
      default: throw Failure("--volume", text, reason: "unknown option \(option)")
      }
    }
    options.append(propagation)
    try checkTarget("--volume", text)
  }

  /// `type=bind|tmpfs,source=…,target=…`, as `--mount` takes it: a missing source is an error.
  public init(mount text: String) throws(Failure) {
    var type = "bind"
    var source: String?
    var target: String?
    var options: [String] = []
    var propagation: String?
    var isReadOnly = false
    for field in text.split(separator: ",") {
      let pair = field.split(separator: "=", maxSplits: 1).map(String.init)
      let value = pair.count == 2 ? pair[1] : ""
      switch pair[0] {
      case "type": type = value
      case "source", "src": source = value
      case "target", "destination", "dst": target = value
      case "readonly", "ro":
        guard ["", "true", "false", "1", "0"].contains(value) else {
          throw Failure("--mount", text, reason: "\(pair[0]) is true or false")
        }
        isReadOnly = value != "false" && value != "0"
      case "bind-propagation": propagation = value
      case "tmpfs-size": options.append("size=\(try ByteSize.parse(value, flag: "--mount tmpfs-size"))")
      case "tmpfs-mode":
        guard let mode = UInt32(value, radix: 8), mode <= 0o7777 else {
          throw Failure("--mount", text, reason: "tmpfs-mode is an octal number, as in 1777")
        }
        options.append("mode=" + value)
      default: throw Failure("--mount", text, reason: "unknown field \(pair[0])")
      }
    }
    guard let target else { throw Failure("--mount", text, reason: "target is missing") }
    self.target = target
    let forTmpfs = options.contains { $0.hasPrefix("size=") || $0.hasPrefix("mode=") }
    switch type {
    case "bind":
      guard let source, source.hasPrefix("/") else {
        throw Failure("--mount", text, reason: "source of a bind mount must be an absolute path")
      }
      if forTmpfs { throw Failure("--mount", text, reason: "tmpfs-size and tmpfs-mode are for type=tmpfs") }
      guard
        ["private", "rprivate", "shared", "rshared", "slave", "rslave"].contains(propagation ?? "private")
      else {
        throw Failure("--mount", text, reason: "unknown bind-propagation \(propagation ?? "")")
      }
      kind = .bind(source: Files.clean(source), makesSource: false)
      self.options = ["rbind"] + (isReadOnly ? [Self.readOnly] : []) + [propagation ?? "rprivate"]
    case "tmpfs":
      if source != nil { throw Failure("--mount", text, reason: "a tmpfs has no source") }
      if propagation != nil { throw Failure("--mount", text, reason: "bind-propagation is for type=bind") }
      kind = .tmpfs
      self.options =
        ["nosuid", "nodev", "noexec"] + (isReadOnly ? ["ro"] : []) + options
        + (options.contains { $0.hasPrefix("mode=") } ? [] : ["mode=1777"])
    case "volume":
      throw Failure("--mount", text, reason: "type=volume is not supported yet", hint: "use type=bind")
    default:
      throw Failure("--mount", text, reason: "unknown type \(type)", hint: "bind or tmpfs")
    }
    try checkTarget("--mount", text)
  }

  private func checkTarget(_ flag: String, _ text: String) throws(Failure) {
    if !target.hasPrefix("/") {
      throw Failure(flag, text, reason: "the path in the container must be absolute")
    }
    if Files.clean(target) == "/" { throw Failure(flag, text, reason: "the container's / cannot be covered") }
  }

  /// Two mounts on one place: the first would be hidden.
  static func checkDistinct(_ mounts: [MountFlag]) throws(Failure) {
    var targets: Set<String> = []
    for mount in mounts where !targets.insert(Files.clean(mount.target)).inserted {
      throw Failure("--volume or --mount", mount.target, reason: "duplicate mount point")
    }
  }

  var specification: Mount {
    switch kind {
    case .bind(let source, _): Mount(destination: target, type: "bind", source: source, options: options)
    case .tmpfs: Mount(destination: target, type: "tmpfs", source: "tmpfs", options: options)
    }
  }
}
