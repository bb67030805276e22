import Glibc
import OCISpec

/// A container that exists: its folder, what is remembered of it, and what can be found out about it now.
public struct Container: Sendable {
  let store: ContainerStore
  let folder: String
  public internal(set) var record: ContainerRecord

  public var id: String { record.id }

  var configFile: String { folder + "/config.json" }
  /// The pipe whose byte lets the payload start.
  var gateFile: String { folder + "/gate" }
  /// The pipe through which `start` learns that the payload was executed, or why not.
  var startReportFile: String { folder + "/report" }

  /// The configuration as it was when the container was made.
  public func spec() throws -> Spec { try SpecDecoder.decode(Files.read(configFile), name: configFile) }

  /// The container's cgroup; nil where it has none, or its unit has been replaced by another of the same name.
  func cgroup() throws -> Cgroup? {
    guard let path = record.cgroup else { return nil }
    let cgroup = Cgroup(layout: try CgroupLayout.detect(legacy: false), path: try CgroupPath(recorded: path))
    if let unit = record.unit {
      var status = stat()
      if stat(cgroup.folder, &status) == 0, UInt64(status.st_ino) != unit.cgroupNumber { return nil }
    }
    return cgroup
  }

  /// How the container is now. Nothing of it is remembered: it is what is found.
  public func status() throws -> ContainerState {
    switch record.phase {
    case .creating:
      return record.creator.isAlive ? .creating : .stopped
    case .created:
      guard let process = record.process.open() else { return .stopped }
      close(process.pidfd)
      // Before the gate: whoever writes to it would wait for an init that stands still.
      if let cgroup = try cgroup(), try cgroup.isFrozen() { return .paused }
      // The init holds its end of the pipe as long as it waits.
      let gate = open(gateFile, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
      if gate >= 0 {
        close(gate)
        return .created
      }
      return .running
    }
  }

  /// The OCI state. Source: "State" in runtime-spec's runtime.md.
  public func state() throws -> State {
    let status = try status()
    return State(
      ociVersion: OCI.specVersion, id: id, status: status,
      pid: status == .stopped ? 0 : Int(record.process.pid),
      bundle: record.bundle, annotations: record.annotations, rootfs: record.rootfs, created: record.created,
      owner: record.owner)
  }
}
