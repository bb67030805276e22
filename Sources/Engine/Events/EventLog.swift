import Glibc
import OCISpec
import Runtime

/// Something that happened to a container, a volume or a network.
public struct EngineEvent: Equatable, Sendable {
  /// `container`, `volume` …
  public var type: String
  public var action: String
  /// An ID, or a volume's name.
  public var actor: String
  /// In the order of their names.
  public var attributes: [(name: String, value: String)]
  /// Nanoseconds since the epoch.
  public var time: Int64

  public init(type: String, action: String, actor: String, attributes: [(name: String, value: String)]) {
    self.type = type
    self.action = action
    self.actor = actor
    self.attributes = attributes.sorted { $0.name < $1.name }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    time = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  public static func == (one: EngineEvent, other: EngineEvent) -> Bool {
    one.type == other.type && one.action == other.action && one.actor == other.actor && one.time == other.time
      && one.attributes.elementsEqual(other.attributes) { $0 == $1 }
  }
}

extension EngineEvent: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    type = try object.string("type") ?? ""
    action = try object.string("action") ?? ""
    actor = try object.string("actor") ?? ""
    time = try object.integer("time") ?? 0
    attributes = []
    for (name, value) in try object["attributes"]?.object().members ?? [] {
      attributes.append((name, try value.string()))
    }
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("time", time)
      writer.member("type", type)
      writer.member("action", action)
      writer.member("actor", actor)
      writer.name("attributes")
      writer.object { writer in
        for (name, value) in attributes {
          writer.name(name)
          writer.string(value)
        }
      }
    }
  }
}

/// The events since the machine was started: a line of JSON each, in `events.json` below the volatile root. Each line
/// is written at once, so that those of several writers do not mix.
public struct EventLog: Sendable {
  let folder: String

  public init(_ roots: EngineRoots) { folder = roots.events }

  /// The current file; `events.json.1` holds what was before.
  public var file: String { folder + "/events.json" }
  public var former: String { file + ".1" }

  /// In bytes.
  private static let limit = 1 << 20

  /// Adds an event. Where that fails, what happened has happened all the same.
  public func add(_ event: EngineEvent) {
    if (try? Files.makeFolders(folder, mode: 0o700)) == nil { return }
    guard let file = try? Files.open(file, O_WRONLY | O_CREAT | O_APPEND) else { return }
    try? Files.write(event.json() + [UInt8(ascii: "\n")], to: file.raw, self.file)
    var status = stat()
    guard fstat(file.raw, &status) == 0, status.st_size > Self.limit else { return }
    // Of several who find it too long, one moves it away: the others' file is no longer the one in place.
    flock(file.raw, LOCK_EX)
    var current = stat()
    if stat(self.file, &current) == 0, current.st_ino == status.st_ino { rename(self.file, former) }
  }
}

extension StoredContainer {
  /// An event of this container, with its name, image and labels.
  func event(_ action: String, _ attributes: [(name: String, value: String)] = []) -> EngineEvent {
    let own = [(name: "name", value: name), (name: "image", value: options.image)]
    let labels = options.labels.map { (name: $0.key, value: $0.value) }
    let known = Set((own + attributes).map(\.name))
    return EngineEvent(
      type: "container", action: action, actor: id,
      attributes: own + attributes + labels.filter { !known.contains($0.name) })
  }
}
