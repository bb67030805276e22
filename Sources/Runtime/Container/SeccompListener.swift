import CShim
import Glibc
import OCISpec

/// Hands the notification descriptor of a filter to the agent that answers.
/// Source: "The Container Process State" in runtime-spec's config-linux.md.
enum SeccompListener {
  static func hand(
    _ descriptor: CInt, process: LaunchedProcess, spec: Spec, record: ContainerRecord,
    telling listener: KernelCallListener
  ) throws {
    guard let seccomp = try spec.linux?.seccomp?.decoded(), let path = seccomp.listenerPath else {
      throw SpecError("linux.seccomp.listenerPath", "missing: SCMP_ACT_NOTIFY needs someone to notify")
    }
    let state = ContainerProcessState(
      fds: ["seccompFd"], pid: Int(process.pid), metadata: seccomp.listenerMetadata,
      state: State(
        id: record.id, status: .creating, pid: Int(process.pid), bundle: record.bundle,
        annotations: record.annotations))
    let socket = OwnedFD(try ConsoleSocket.connect(path, telling: listener))
    var passed = descriptor
    let bytes = state.json(.compact)
    let sent = shim_send_descriptors(socket.raw, bytes, bytes.count, &passed, 1)
    listener.tell(.sendmsg(.number(socket.raw), bytes, passing: .number(descriptor)), sent)
    if sent < 0 { throw Failure("hand the seccomp listener to", path, errno: CInt(-sent)) }
  }
}
