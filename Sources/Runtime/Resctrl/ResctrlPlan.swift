import OCISpec

/// What a container's `linux.intelRdt` amounts to: a class of service, its schemata, a monitoring group.
///
/// Source: "IntelRdt" in runtime-spec 1.3.0, config-linux.md; Documentation/filesystems/resctrl.rst.
public struct ResctrlPlan: Equatable, Sendable {
  /// The folder that is a class of service, and what may be done about it.
  public enum Group: Equatable, Sendable {
    /// Named after the container: made for it and removed with it.
    case new(String)
    /// Named after the container, but there before it: it is set up and stays.
    case found(String)
    /// Named by the configuration and shared: where it is there, it must be as the configuration says.
    case shared(String, mayMake: Bool)

    public var folder: String {
      switch self {
      case .new(let folder), .found(let folder), .shared(let folder, _): folder
      }
    }
  }

  /// Lines for the file `schemata`, in one write.
  public struct Write: Equatable, Sendable {
    /// The JSON path.
    public var field: String
    public var lines: [String]

    /// As the kernel takes it: the last line ends as well.
    var text: String { lines.joined(separator: "\n") + "\n" }
  }

  /// Where the file system is mounted.
  public var mountPoint: String
  public var group: Group
  /// In this order. A later one may set anew what an earlier one has set, which one write could not.
  public var writes: [Write]
  /// The folder of the container's own monitoring group; nil where it has none.
  public var monitor: String?

  static let schemataField = "linux.intelRdt.schemata"

  /// The `tasks` files that the container's processes are written to, in this order: a monitoring group takes
  /// only what is in its class already.
  var tasks: [String] { ResctrlRecord(self).tasks }

  /// - Parameters:
  ///   - id: the container's.
  ///   - exists: whether a folder is there; asked only of the one that is named after the container.
  static func lower(
    _ field: LinuxIntelRdt, id: String, mountPoint: String, exists: (String) -> Bool
  ) throws(SpecError) -> ResctrlPlan {
    var writes: [Write] = []
    func add(_ name: String, _ lines: [String]) {
      if !lines.isEmpty { writes.append(Write(field: "linux.intelRdt." + name, lines: lines)) }
    }
    add("l3CacheSchema", lines(of: field.l3CacheSchema))
    add("memBwSchema", lines(of: field.memBwSchema))
    add("schemata", (field.schemata ?? []).filter { !$0.isEmpty })

    let group: Group
    switch field.closID {
    case "/"?: group = .shared(mountPoint, mayMake: false)
    // Without schemata there is nothing to make it with.
    case let name?: group = .shared(mountPoint + "/" + name, mayMake: !writes.isEmpty)
    case nil:
      if Resctrl.ownFolders.contains(id) {
        throw SpecError(
          "linux.intelRdt", "a class of service cannot be named \(id), as the container is",
          hint: "set closID")
      }
      let folder = mountPoint + "/" + id
      group = exists(folder) ? .found(folder) : .new(folder)
    }
    return ResctrlPlan(
      mountPoint: mountPoint, group: group, writes: writes,
      monitor: field.enableMonitoring == true ? group.folder + "/mon_groups/" + id : nil)
  }

  private static func lines(of text: String?) -> [String] {
    (text ?? "").split(separator: "\n").map(String.init)
  }
}

/// What is remembered of a container's resctrl groups: where its processes belong, and what goes with it.
public struct ResctrlRecord: Equatable, Sendable {
  public var group: String
  /// Whether the group is the container's own, and removed with it.
  public var ownsGroup: Bool
  public var monitor: String?

  init(group: String, ownsGroup: Bool, monitor: String?) {
    self.group = group
    self.ownsGroup = ownsGroup
    self.monitor = monitor
  }

  init(_ plan: ResctrlPlan) {
    group = plan.group.folder
    if case .new = plan.group { ownsGroup = true } else { ownsGroup = false }
    monitor = plan.monitor
  }

  var tasks: [String] { [group + "/tasks"] + (monitor.map { [$0 + "/tasks"] } ?? []) }

  init?(_ node: JSONNode?) throws(SpecError) {
    guard let object = try node?.object() else { return nil }
    group = try object.required("group").string()
    ownsGroup = try object.bool("own") ?? false
    monitor = try object.string("monitor")
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("group", group)
      writer.member("own", ownsGroup)
      writer.member("monitor", monitor)
    }
  }
}
