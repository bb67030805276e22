import CShim
import Glibc

/// `swiftainer-systemd`: speaks to systemd for us. A program of its own, so that nobody pays for D-Bus who does not
/// ask for it (docs/design/0007-systemd-cgroups.md).
enum SystemdProgram {
  /// Milliseconds; its own limit is 30 s.
  private static let patience = 40_000

  /// One that was started, and what it is going to say.
  final class Run {
    let arguments: [String]
    private let process: LaunchedProcess
    private var input: CInt
    private var output: CInt

    fileprivate init(_ arguments: [String], _ process: LaunchedProcess, input: CInt, output: CInt) {
      (self.arguments, self.process, self.input, self.output) = (arguments, process, input, output)
    }

    deinit { end(killing: true) }

    /// The words of its answer.
    ///
    /// - Throws: `Failure` with the operation, and what systemd says.
    func answer(_ operation: String, _ subject: String) throws -> [Substring] {
      var bytes: [UInt8] = []
      let deadline = CgroupDeadline(in: SystemdProgram.patience)
      while bytes.last != UInt8(ascii: "\n"), bytes.count < 16 << 10 {
        var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        let ready = poll(&polled, 1, deadline.milliseconds)
        if ready < 0 && errno == EINTR { continue }
        if ready == 0 { throw Failure(operation, subject, reason: "swiftainer-systemd does not answer") }
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { break }
        bytes += chunk[..<count]
      }
      let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
      let words = text.split(separator: " ", omittingEmptySubsequences: true)
      if words.first == "ok" { return Array(words.dropFirst()) }
      var reason = words.first == "error" ? String(text.dropFirst(6)) : text
      if reason.hasSuffix(".") { reason.removeLast() }
      throw Failure(
        operation, subject, reason: reason.isEmpty ? "swiftainer-systemd ended without a word" : reason)
    }

    /// Tells it to end, and waits until it is gone.
    func finish() { end(killing: false) }

    private func end(killing: Bool) {
      if input < 0 { return }
      close(input)
      close(output)
      (input, output) = (-1, -1)
      var polled = pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0)
      if killing || poll(&polled, 1, 5000) <= 0 { process.signal(SIGKILL) }
      _ = process.wait()
      close(process.pidfd)
    }
  }

  /// Starts it with a pipe at its standard input: when that ends, so does it.
  static func start(_ words: [String], telling listener: KernelCallListener = .nobody) throws -> Run {
    let path = try Companion.path(of: "swiftainer-systemd", hint: "; it needs libsystemd-dev to be built")
    let arguments = ["swiftainer-systemd"] + (geteuid() == 0 ? [] : ["--user"]) + words
    var (input, output): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
    guard shim_pipe(&input) == 0, shim_pipe(&output) == 0 else { throw Failure("run", path, errno: errno) }
    // What the dynamic loader has to say belongs to the answer as well. Ctrl-C is meant for us, who then end it.
    let pid = ChildProgram.start(
      path, arguments, descriptors: [(input[0], 0), (output[1], 1), (output[1], 2)], leadsGroup: true)
    listener.tell(.execve(path, arguments, variables: 0), min(pid, 0))
    close(input[0])
    close(output[1])
    if pid < 0 {
      close(input[1])
      close(output[0])
      throw Failure("run", path, errno: -pid)
    }
    return Run(
      arguments, LaunchedProcess(pid: pid, pidfd: shim_pidfd_open(pid, 0)), input: input[1], output: output[0]
    )
  }

  /// Runs it to its end.
  static func ask(_ words: [String], _ operation: String, _ subject: String = "") throws -> [Substring] {
    let run = try start(words)
    defer { run.finish() }
    return try run.answer(operation, subject)
  }

  /// Why units of systemd cannot be had here.
  ///
  /// - Throws: `Failure` naming `--systemd-cgroup`.
  static func check(_ layout: CgroupLayout) throws(Failure) {
    // Made by systemd as process 1, and by nobody else. Source: sd_booted(3).
    if !Files.exists("/run/systemd/system") {
      throw Failure(
        "--systemd-cgroup", reason: "systemd is not running here (no /run/systemd/system)",
        hint: "leave it out: cgroups are made directly")
    }
    if layout.mode != .unified || layout.unifiedRoot != "/" {
      throw Failure(
        "--systemd-cgroup", reason: "this machine is not all cgroup v2",
        hint: "leave it out, or boot with systemd.unified_cgroup_hierarchy=1")
    }
  }

  /// The cgroup of the systemd that units are asked of: empty for process 1, a user's has one.
  static func manager() throws -> String {
    if geteuid() == 0 { return "" }
    return try ask(["root"], "ask the user's systemd for its cgroup").first.map(String.init) ?? ""
  }
}
