import Glibc
import OCISpec

/// What is remembered of a container: `state.json` in its folder.
public struct ContainerRecord: Sendable, Equatable {
  public enum Phase: String, Sendable {
    /// Being made; where its maker is gone, it never became a container.
    case creating
    /// The init exists.
    case created
  }

  public var id: String
  public var phase: Phase
  /// The init, later the payload; 0 while there is none.
  public var process: ProcessIdentity
  /// Who makes it.
  public var creator: ProcessIdentity
  public var bundle: String
  public var rootfs: String
  /// RFC 3339.
  public var created: String
  public var annotations: [String: String]
  /// User name, or number, of who made it.
  public var owner: String
  /// The path below each hierarchy; nil where the container has no cgroup.
  public var cgroup: String?
  /// Whether it may have cgroups on cgroup v1 hierarchies.
  public var usesLegacyCgroups: Bool
  /// Whether systemd has made the cgroup: `cgroup` then is a unit.
  public var usesSystemd: Bool
  /// What tells the unit from a later one of the same name; nil where it was not started yet.
  public var unit: UnitStart?
  /// The namespaces in which the container differs from the runtime, for `exec`.
  public var namespaces: NamespaceSet
  /// Its resctrl groups; nil where it has none.
  public var resctrl: ResctrlRecord?

  /// Whether `start` or `delete` has hooks to run: only then they read the configuration again.
  public var hasLaterHooks = true

  static let version = 1

  /// Of a container of which nothing is known but its ID.
  static func unknown(_ id: String) -> ContainerRecord {
    ContainerRecord(
      id: id, phase: .creating, process: .none, creator: .none, bundle: "", rootfs: "", created: "",
      annotations: [:],
      owner: "", cgroup: nil, usesLegacyCgroups: true, usesSystemd: false, namespaces: [])
  }

  /// Writes the record as a whole.
  func write(_ folder: String, telling listener: KernelCallListener = .nobody) throws(Failure) {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.name("version")
      writer.integer(Self.version)
      writer.name("id")
      writer.string(id)
      writer.name("phase")
      writer.string(phase.rawValue)
      writer.name("process")
      process.write(to: &writer)
      writer.name("creator")
      creator.write(to: &writer)
      writer.name("bundle")
      writer.string(bundle)
      writer.name("rootfs")
      writer.string(rootfs)
      writer.name("created")
      writer.string(created)
      writer.name("annotations")
      writer.object { writer in
        for (name, value) in annotations.sorted(by: { $0.key < $1.key }) {
          writer.name(name)
          writer.string(value)
        }
      }
      writer.name("owner")
      writer.string(owner)
      if let cgroup {
        writer.name("cgroup")
        writer.string(cgroup)
      }
      if let resctrl {
        writer.name("resctrl")
        resctrl.write(to: &writer)
      }
      writer.name("systemd")
      writer.bool(usesSystemd)
      if let unit {
        writer.name("invocation")
        writer.string(unit.invocation)
        writer.name("cgroupNumber")
        writer.integer(unit.cgroupNumber)
      }
      writer.name("legacyCgroups")
      writer.bool(usesLegacyCgroups)
      writer.name("namespaces")
      writer.integer(namespaces.rawValue)
      writer.name("hooks")
      writer.bool(hasLaterHooks)
    }
    try Files.replace(folder + "/state.json", writer.bytes, telling: listener)
  }

  /// Reads a folder's record. A folder without one is a creation that was cut short at its very beginning.
  static func read(_ folder: String, id: String) throws -> ContainerRecord {
    let file = folder + "/state.json"
    guard Files.exists(file) else {
      if !Files.exists(folder) { throw ContainerStore.missing(id) }
      return .unknown(id)
    }
    let bytes = try Files.read(file)
    let object = try JSONDocument(bytes, name: file).root.object()
    guard let phase = Phase(rawValue: try object.string("phase") ?? "") else {
      throw Failure("read", file, reason: "unknown phase", hint: "delete --force removes the container")
    }
    return ContainerRecord(
      id: try object.string("id") ?? id, phase: phase, process: try ProcessIdentity(object["process"]),
      creator: try ProcessIdentity(object["creator"]), bundle: try object.string("bundle") ?? "",
      rootfs: try object.string("rootfs") ?? "", created: try object.string("created") ?? "",
      annotations: try object.stringDictionary("annotations"), owner: try object.string("owner") ?? "",
      cgroup: try object.string("cgroup"),
      usesLegacyCgroups: try object.bool("legacyCgroups") ?? true,
      usesSystemd: try object.bool("systemd") ?? false,
      unit: try object.string("invocation").map { invocation throws in
        UnitStart(invocation: invocation, cgroupNumber: try object.integer("cgroupNumber") ?? 0)
      },
      namespaces: NamespaceSet(rawValue: try object.integer("namespaces") ?? 0),
      resctrl: try ResctrlRecord(object["resctrl"]),
      hasLaterHooks: try object.bool("hooks") ?? true)
  }
}
