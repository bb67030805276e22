import Glibc

extension Container {
  /// The container's live processes, as numbers on the host, in ascending order; none where it has stopped.
  public func processes() throws -> [pid_t] {
    guard let cgroup = try cgroup() else {
      throw Failure("list the processes of container \(id)", reason: "it has no cgroup")
    }
    // 0 stands for a process outside our own pid namespace.
    return try cgroup.pids().filter { $0 != 0 }.sorted()
  }

  /// What the host's `ps` prints of the container's processes: its title line and theirs.
  ///
  /// - Parameters:
  ///   - options: `ps`'s own; `-ef` where there are none.
  ///   - hint: what to do where the host has no `ps`.
  /// - Throws: `Failure` where the host has no `ps`, it fails, or prints no column PID.
  public func processTable(
    options: [String], hintIfMissing hint: String = "--format json needs none"
  ) throws -> [Substring] {
    let processes = Set(try processes())
    let output = try HostProgram.output(
      ["ps"] + (options.isEmpty ? ["-ef"] : options), hintIfMissing: hint)
    return try ProcessTable.lines(String(decoding: output, as: UTF8.self), of: processes)
  }
}

/// The output of `ps`.
enum ProcessTable {
  /// The title line, and the lines whose column PID holds one of the processes.
  static func lines(_ output: String, of processes: Set<pid_t>) throws(Failure) -> [Substring] {
    let lines = output.split(separator: "\n")
    guard let title = lines.first, let column = title.split(separator: " ").firstIndex(of: "PID") else {
      throw Failure(
        "read the output of ps", reason: "it has no column PID", hint: "choose options that print it")
    }
    return [title]
      + lines.dropFirst().filter { line in
        let fields = line.split(separator: " ", maxSplits: column + 1)
        return column < fields.count && pid_t(fields[column]).map(processes.contains) == true
      }
  }
}
