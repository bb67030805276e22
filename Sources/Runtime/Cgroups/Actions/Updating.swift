import Glibc

extension Cgroup {
  /// Puts an update in force on a live container; it joins hierarchies it was not on. Where a step fails, the
  /// limits that were in force before are so again: half an update is no state that anybody has asked for.
  ///
  /// - Parameter first: is handed the writes before they are made, and those that take them back.
  /// - Throws: `Failure` naming the field, file and value that failed, and the first file that could not be put back.
  func update(_ plan: CgroupPlan, first: ([CgroupWrite]) throws -> Void = { _ in }) throws {
    var former: [CgroupWrite] = []
    do {
      try prepare(plan)
      former = Self.former(plan)
      for check in plan.checks { try Self.check(check) }
      try first(plan.writes)
      try limit(plan)
      for folder in plan.legacy { try moveAll(into: folder) }
      // Last: nothing tells what it replaces.
      try filterDevices(plan, isNew: false)
    } catch var failure as Failure {
      // The first failure is the one to tell.
      try? first(former)
      if let file = Self.putBack(former) {
        failure.hint = (failure.hint.map { $0 + "; " } ?? "") + "\(file) keeps its new value"
      }
      // A folder would have the next update believe that the container is in it. One it is in cannot be removed.
      for folder in plan.legacy { _ = rmdir(folder.leaf) }
      throw failure
    }
  }

  /// The writes that would put back what is in force now, in their order: for the plan's last write first, since the
  /// kernel keeps some limits below others at every moment. What cannot be read is left out: there is nothing to put back.
  static func former(_ plan: CgroupPlan) -> [CgroupWrite] {
    plan.writes.reversed().flatMap { write -> [CgroupWrite] in
      var write = write
      var text = try? CgroupFile.read(write.file)
      if text == nil, case .instead(let file, let value) = write.ifAbsent {
        (write.file, write.value) = (file, value)
        text = try? CgroupFile.read(file)
      }
      guard let former = text.flatMap(write.reverting(to:)) else { return [] }
      let (folder, name) = write.place
      switch name {
      // Who ceases to be idle gets the kernel's default.
      case "cpu.idle" where former.value == "0": return [former] + weight(of: folder, for: write)
      // Who is idle has no weight.
      case "cpu.weight", "cpu.weight.nice", "cpu.shares":
        return (try? CgroupFile.read(folder + "/cpu.idle")) == "1\n" ? [] : [former]
      default: return [former]
      }
    }
  }

  /// The write that would put back a folder's share of CPU time, on cgroup v2 or v1.
  private static func weight(of folder: String, for write: CgroupWrite) -> [CgroupWrite] {
    for name in ["cpu.weight", "cpu.shares"] {
      let file = folder + "/" + name
      guard let text = try? CgroupFile.read(file) else { continue }
      let weight = CgroupWrite(file, "", field: write.field, note: write.note)
      return weight.reverting(to: text).map { [$0] } ?? []
    }
    return []
  }

  /// Puts back what was in force before an update. Returns the first file for which that failed.
  private static func putBack(_ former: [CgroupWrite]) -> String? {
    var lasting: String?
    for write in former {
      let text = try? CgroupFile.read(write.file)
      // What was not changed is not touched: not every text that is read may be written.
      if text.flatMap(write.reverting(to:)) == write { continue }
      if CgroupFile.write(write.value, to: write.file) != 0 { lasting = lasting ?? write.file }
    }
    return lasting
  }
}

extension CgroupWrite {
  /// The folder of the cgroup, and the file's name in it.
  fileprivate var place: (folder: String, name: Substring) {
    let slash = file.lastIndex(of: "/")!
    return (String(file[..<slash]), file[slash...].dropFirst())
  }

  /// The write that takes this one back, from the text of the file before it; nil where the text tells no value.
  ///
  /// A file has one value, or one for each key: a device, an interface, `default`. A key that is not there has no limit,
  /// for which each file has its own word. A list of processors is one value, also with blanks in it. Sources:
  /// admin-guide/cgroup-v2.rst "Interface Files", admin-guide/cgroup-v1/blkio-controller.rst.
  func reverting(to text: String) -> CgroupWrite? {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    let words = value.split(separator: " ")
    let name = place.name
    var former = self
    former.ifAbsent = .fails
    if name == "memory.oom_control" {
      // Of several lines the first can be written, without its key.
      guard let word = lines.first?.last else { return nil }
      former.value = String(word)
    } else if words.count > 1, name != "cpu.max", !name.hasPrefix("cpuset.") {
      if let line = lines.first(where: { $0[0] == words[0] }) {
        former.value = line.joined(separator: " ")
      } else if words[1].contains("=") {
        let limits = words.dropFirst().map { $0.prefix { $0 != "=" } + "=max" }
        former.value = "\(words[0]) " + limits.joined(separator: " ")
      } else {
        former.value = "\(words[0]) " + (name.contains("weight") ? "default" : "0")
      }
    } else if let line = lines.first(where: { $0[0] == "default" }) {
      former.value = line.dropFirst().joined(separator: " ")
    } else if lines.count <= 1 {
      // An empty list is written as an empty line.
      former.value = lines.first?.joined(separator: " ") ?? "\n"
    } else {
      return nil
    }
    return former
  }
}
