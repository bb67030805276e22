import Glibc
import OCISpec

/// Where containers' states are kept: one folder each.
///
/// A folder holds `state.json`, a copy of the bundle's `config.json`, and, until the payload runs, the two pipes
/// that `start` uses.
public struct ContainerStore: Sendable {
  /// Absolute.
  public let root: String

  public init(root: String) { self.root = Files.absolute(root) }

  /// Where states are kept unless told otherwise: `/run/NAME`, or below `XDG_RUNTIME_DIR` for anyone but root.
  public static func defaultRoot(_ name: String = "swiftainer", environment: (String) -> String?) -> String {
    if geteuid() != 0, let folder = environment("XDG_RUNTIME_DIR"), folder.hasPrefix("/") {
      return folder + "/" + name
    }
    return "/run/" + name
  }

  /// Compiled system call filters. No container's folder can be called so: `~` is in no ID.
  var seccompCache: String { root + "/~seccomp" }

  /// An ID may be longer than a file name.
  private static func folderName(_ id: String) -> String {
    if id.utf8.count <= 200 { return id }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(decoding: id.utf8.prefix(180), as: UTF8.self) + "~" + String(hash, radix: 16)
  }

  func folder(of id: String) -> String { root + "/" + Self.folderName(id) }

  /// The container of that ID.
  public func container(_ id: String) throws -> Container {
    _ = try ContainerID(id)
    let folder = folder(of: id)
    guard Files.exists(folder) else { throw Self.missing(id) }
    let record = try ContainerRecord.read(folder, id: id)
    guard record.id == id else { throw Self.missing(id) }
    return Container(store: self, folder: folder, record: record)
  }

  /// Whether there is anything by that ID, however incomplete.
  public func holds(_ id: String) throws -> Bool {
    _ = try ContainerID(id)
    return Files.exists(folder(of: id))
  }

  /// As `container`, but a record that cannot be read is made up from what else is known: for removal.
  public func salvage(_ id: String) throws -> Container {
    do {
      return try container(id)
    } catch {
      let folder = folder(of: id)
      guard Files.exists(folder) else { throw error }
      var container = Container(store: self, folder: folder, record: .unknown(id))
      let linux = try? container.spec().linux
      container.record.cgroup = try? CgroupPath(cgroupsPath: linux?.cgroupsPath, id: id).text
      if let field = linux?.intelRdt, let mountPoint = try? Resctrl.mountPoint() {
        let plan = try? ResctrlPlan.lower(field, id: id, mountPoint: mountPoint, exists: { _ in false })
        container.record.resctrl = plan.map { ResctrlRecord($0) }
      }
      return container
    }
  }

  static func missing(_ id: String) -> Failure {
    Failure("container \(KernelCall.quote(id))", reason: "does not exist", errno: nil, hint: nil)
  }

  /// All containers, by their creation. What is being made or removed meanwhile may be missing.
  ///
  /// - Parameter warn: told of each folder whose record cannot be read.
  public func all(warn: (String) -> Void = { _ in }) throws -> [Container] {
    if !Files.exists(root) { return [] }
    var containers: [Container] = []
    for name in Files.names(in: root) where !name.hasPrefix("~") {
      let folder = root + "/" + name
      do {
        containers.append(
          Container(store: self, folder: folder, record: try ContainerRecord.read(folder, id: name)))
      } catch {
        // A container that goes while we look is none to warn of, nor is a file that is not ours.
        if Files.exists(folder + "/state.json") { warn("\(error)") }
      }
    }
    return containers.sorted { ($0.record.created, $0.record.id) < ($1.record.created, $1.record.id) }
  }

  /// Takes an ID: of several who try, one succeeds.
  func reserve(_ id: String, telling listener: KernelCallListener = .nobody) throws -> String {
    _ = try ContainerID(id)
    try Files.makeFolders(root, mode: 0o711, telling: listener)
    let folder = folder(of: id)
    let made = mkdir(folder, 0o711)
    listener.tell(.mkdir(folder, mode: 0o711), made < 0 ? -errno : 0)
    if made == 0 { return folder }
    if errno == EEXIST {
      var taken = Failure("container with id \(id) already exists", hint: "delete it, or choose another id")
      taken.kind = .alreadyExists
      throw taken
    }
    throw Failure("make folder", folder, errno: errno)
  }
}
