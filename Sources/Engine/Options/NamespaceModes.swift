import OCISpec
import Runtime

/// Whose namespaces a container uses; nil where nothing is said.
public struct NamespaceModes: Equatable, Sendable {
  public var pid: NamespaceMode?
  public var ipc: NamespaceMode?
  public var uts: NamespaceMode?
  public var cgroup: NamespaceMode?
  public var user: NamespaceMode?

  public init() {}
}

/// Whose namespace of one kind a container uses.
public enum NamespaceMode: Word {
  /// One of its own.
  case own
  /// One of its own that others may join.
  case shareable
  /// Of IPC: one of its own, and no /dev/shm.
  case empty
  case host
  /// Another container's, by name or ID.
  case container(String)

  public init?(word: String) {
    switch word {
    case "private": self = .own
    case "shareable": self = .shareable
    case "none": self = .empty
    case "host": self = .host
    case _ where word.hasPrefix("container:") && word.utf8.count > 10:
      self = .container(String(word.dropFirst(10)))
    default: return nil
    }
  }

  public var word: String {
    switch self {
    case .own: "private"
    case .shareable: "shareable"
    case .empty: "none"
    case .host: "host"
    case .container(let name): "container:" + name
    }
  }

  /// The value of `--pid`, `--ipc`, `--uts`, `--cgroupns` or `--userns`.
  public init(_ text: String, flag: String) throws(Failure) {
    let plain: [String]
    switch flag {
    case "--ipc": plain = ["private", "shareable", "none", "host"]
    case "--userns": plain = ["host"]
    default: plain = ["private", "host"]
    }
    let joins = ["--pid", "--ipc", "--uts"].contains(flag)
    let known = plain.joined(separator: ", ") + (joins ? " or container:NAME" : "")
    guard let mode = NamespaceMode(word: text) else {
      throw Failure(flag, text, reason: "unknown mode", hint: known)
    }
    let isKnown: Bool
    if case .container = mode { isKnown = joins } else { isKnown = plain.contains(text) }
    if !isKnown { throw Failure(flag, text, reason: "not supported", hint: known) }
    self = mode
  }
}

extension NamespaceModes: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init()
    pid = try object.word("pid")
    ipc = try object.word("ipc")
    uts = try object.word("uts")
    cgroup = try object.word("cgroup")
    user = try object.word("user")
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("pid", word: pid)
      writer.member("ipc", word: ipc)
      writer.member("uts", word: uts)
      writer.member("cgroup", word: cgroup)
      writer.member("user", word: user)
    }
  }
}
