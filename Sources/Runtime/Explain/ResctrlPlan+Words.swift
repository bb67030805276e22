extension ResctrlPlan {
  private var mayMake: Bool {
    switch group {
    case .new: true
    case .found: false
    case .shared(_, let mayMake): mayMake
    }
  }

  var reason: String {
    switch group {
    case .new, .found:
      "its share of cache and memory bandwidth is set before anything runs with it; removed with the container"
    case .shared(_, mayMake: true):
      "shared by name, since a processor has few of them: made where it is missing, else it must be as described"
    case .shared: "shared by name, since a processor has few of them: it has to be there, and stays as it is"
    }
  }

  var shell: String? {
    var lines = mayMake ? [Shell.command("mkdir", group.folder)] : []
    lines += writes.map { Shell.write($0.text, to: group.folder + "/schemata") }
    if let monitor { lines.append(Shell.command("mkdir", monitor)) }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  /// A class that is shared is taken for missing: where it is there, it is compared and only `schemata` is written.
  var foreseenCalls: [KernelCall] {
    var calls: [KernelCall] = mayMake ? [.mkdir(group.folder, mode: 0o755)] : []
    calls += writes.flatMap { Step.write($0.text, to: group.folder + "/schemata") }
    if let monitor { calls.append(.mkdir(monitor, mode: 0o755)) }
    return calls
  }
}
