import OCISpec

/// What has become of an everyday container: `status.json` in its folder. Its monitor writes it.
public struct ContainerStatus: Equatable, Sendable {
  public enum State: String, CaseIterable, Sendable {
    case created, running, paused, restarting, exited, dead, removing
  }

  public var state = State.created
  /// Of the payload, in the host's numbers; 0 where there is none.
  public var pid: Int32 = 0
  /// As a shell gives it.
  public var exitCode: Int32 = 0
  /// Why the last launch failed; empty where it did not.
  public var error = ""
  /// The kernel has ended one of its processes for want of memory.
  public var isOOMKilled = false
  /// RFC 3339; empty for never.
  public var startedAt = ""
  public var finishedAt = ""
  /// Restarts by the policy since the last start by hand.
  public var restartCount = 0
  /// Somebody wanted it to end: no policy starts it again.
  public var isStoppedByHand = false
  /// nil without a health check.
  public var health: Health?
  /// Lines that its log could not take.
  public var lostLogLines = 0
  /// The boot in which this was written.
  public var boot = ""

  public init() {}

  /// Where it is in a container's folder.
  static func file(_ folder: String) -> String { folder + "/status.json" }

  /// A container without the file has never been started.
  public static func read(_ folder: String) throws -> ContainerStatus {
    let file = file(folder)
    guard Files.exists(file) else { return ContainerStatus() }
    return try ContainerStatus(json: JSONDocument(Files.read(file), name: file).root)
  }

  /// Writes the whole file.
  public func write(_ folder: String) throws(Failure) {
    var written = self
    written.boot = ProcessIdentity.currentBoot
    try Files.replace(Self.file(folder), written.json())
  }

  /// Whether it was written since the machine was started.
  public var isOfThisBoot: Bool { boot == ProcessIdentity.currentBoot }
}

extension ContainerStatus: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    state = try object.choice("state") ?? .created
    pid = try object.integer("pid") ?? 0
    exitCode = try object.integer("exitCode") ?? 0
    error = try object.string("error") ?? ""
    isOOMKilled = try object.bool("oomKilled") ?? false
    startedAt = try object.string("startedAt") ?? ""
    finishedAt = try object.string("finishedAt") ?? ""
    restartCount = try object.integer("restartCount") ?? 0
    isStoppedByHand = try object.bool("stoppedByHand") ?? false
    health = try object.value("health")
    lostLogLines = try object.integer("lostLogLines") ?? 0
    boot = try object.string("boot") ?? ""
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("state", state)
      writer.member("pid", pid)
      writer.member("exitCode", exitCode)
      writer.member("error", error)
      writer.member("oomKilled", isOOMKilled)
      writer.member("startedAt", startedAt)
      writer.member("finishedAt", finishedAt)
      writer.member("restartCount", restartCount)
      writer.member("stoppedByHand", isStoppedByHand)
      writer.member("health", health)
      writer.member("lostLogLines", lostLogLines)
      writer.member("boot", boot)
    }
  }
}
