import OCISpec
import Runtime

/// One `-v`, `--mount` or `--tmpfs`.
public struct MountFlag: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Absolute path on the host; whether a missing folder is made.
    case bind(source: String, makesSource: Bool)
    /// A volume's name, nil for an anonymous one; whether an empty one takes a copy of what the image has there.
    case volume(name: String?, copies: Bool)
    case tmpfs
  }

  /// How far a bind mount takes along what is mounted below its source.
  public enum Recursion: String, CaseIterable, Sendable {
    case enabled, disabled
    /// What is below stays writable where the mount is read-only.
    case writable
    /// What is below must become read-only as well.
    case readonly
  }

  public enum Propagation: String, CaseIterable, Sendable {
    case `private`, rprivate, shared, rshared, slave, rslave
  }

  public var kind: Kind
  /// Absolute path in the container.
  public var target: String
  public var isReadOnly = false
  public var propagation: Propagation?
  public var recursion = Recursion.enabled
  /// Options of a tmpfs, as mount(8) has them.
  public var tmpfs: [String] = []
  /// The options as they were said with `-v` or `--tmpfs`.
  public var words = ""

  public init(_ kind: Kind, target: String) {
    self.kind = kind
    self.target = target
  }

  func checkTarget(_ flag: String, _ text: String) throws(Failure) {
    if !target.hasPrefix("/") {
      throw Failure(flag, text, reason: "the path in the container must be absolute")
    }
    if Files.clean(target) == "/" { throw Failure(flag, text, reason: "the container's / cannot be covered") }
  }

  /// Two mounts on one place: the first would be hidden.
  public static func checkDistinct(_ mounts: [MountFlag]) throws(Failure) {
    var targets: Set<String> = []
    for mount in mounts where !targets.insert(Files.clean(mount.target)).inserted {
      throw Failure("--volume, --mount or --tmpfs", mount.target, reason: "duplicate mount point")
    }
  }

  /// Whether a text can be a volume's name.
  static func isVolumeName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    return (2...200).contains(text.utf8.count) && text.utf8.first.map(isPlain) == true
      && text.utf8.allSatisfy {
        isPlain($0) || [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-")].contains($0)
      }
  }
}

/// `--volumes-from`: the volumes and bind mounts of another container.
public struct VolumesFrom: Equatable, Sendable {
  /// A name or an ID.
  public var container: String
  /// Whether they are read-only, whatever they are there; nil: as they are there.
  public var isReadOnly: Bool?

  public init(container: String, isReadOnly: Bool? = nil) {
    self.container = container
    self.isReadOnly = isReadOnly
  }

  /// `CONTAINER[:ro|rw]`.
  public init(_ text: String) throws(Failure) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...2).contains(parts.count), !parts[0].isEmpty else {
      throw Failure("--volumes-from", text, reason: "not CONTAINER[:ro]")
    }
    container = parts[0]
    isReadOnly = nil
    for option in parts.dropFirst().first?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
      switch option {
      case "ro": isReadOnly = true
      case "rw": isReadOnly = nil
      case "z", "Z": break
      default: throw Failure("--volumes-from", text, reason: "unknown option '\(option)'")
      }
    }
  }
}

extension VolumesFrom {
  /// A container's mounts with those of another one, where it has nothing of its own. What is in memory is not
  /// handed on.
  func adding(_ others: [MountFlag], to own: [MountFlag]) -> [MountFlag] {
    let taken = Set(own.map { Files.clean($0.target) })
    return own
      + others.filter { $0.kind != .tmpfs && !taken.contains(Files.clean($0.target)) }.map { mount in
        var mount = mount
        if let isReadOnly { mount.isReadOnly = isReadOnly }
        // It has its content, or gets it by the other container.
        if case .volume(let name, _) = mount.kind { mount.kind = .volume(name: name, copies: false) }
        return mount
      }
  }
}

extension MountFlag: JSONReadable, JSONWritable {
  private enum KindName: String, CaseIterable { case bind, volume, tmpfs }

  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let target = try object.required("target").string()
    let source = try object.string("source")
    switch try object.required("type").choice(KindName.self) {
    case .bind:
      guard let source else { throw try object.required("type").error("needs a source") }
      self.init(.bind(source: source, makesSource: try object.flag("makesSource")), target: target)
    case .volume:
      self.init(.volume(name: source, copies: try object.flag("copies")), target: target)
    case .tmpfs:
      self.init(.tmpfs, target: target)
    }
    isReadOnly = try object.flag("readOnly")
    propagation = try object.choice("propagation")
    recursion = try object.choice("recursion") ?? .enabled
    tmpfs = try object.strings("tmpfs")
    words = try object.string("words") ?? ""
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch kind {
      case .bind(let source, let makesSource):
        writer.member("type", KindName.bind)
        writer.member("source", source)
        writer.member("makesSource", flag: makesSource)
      case .volume(let name, let copies):
        writer.member("type", KindName.volume)
        writer.member("source", name)
        writer.member("copies", flag: copies)
      case .tmpfs:
        writer.member("type", KindName.tmpfs)
      }
      writer.member("target", target)
      writer.member("readOnly", flag: isReadOnly)
      writer.member("propagation", propagation)
      writer.member("recursion", recursion == .enabled ? nil : recursion)
      writer.member("tmpfs", tmpfs)
      writer.member("words", words.isEmpty ? nil : words)
    }
  }
}

extension VolumesFrom: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    try self.init(container: object.required("container").string(), isReadOnly: object.bool("readOnly"))
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("container", container)
      writer.member("readOnly", isReadOnly)
    }
  }
}
