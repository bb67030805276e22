import Glibc

extension Cgroup {
  /// Enables a plan's cgroup v2 controllers from the root down to the cgroup's parent. Usually they are enabled
  /// already, which one read tells.
  ///
  /// - Throws: `Failure` naming the field whose controller could not be enabled, and where.
  static func enable(_ plan: CgroupPlan, telling listener: KernelCallListener = .nobody) throws {
    let wanted = plan.required.map(\.controller) + plan.accounting
    if wanted.isEmpty { return }
    let folders = [plan.unified.mountPoint] + plan.unified.parents
    if try missing(wanted, in: folders.last!).isEmpty { return }
    for folder in folders {
      let missing = try missing(wanted, in: folder)
      if missing.isEmpty { continue }
      let file = folder + "/cgroup.subtree_control"
      let all = missing.map { "+" + $0.rawValue }.joined(separator: " ")
      if CgroupFile.write(all, to: file, telling: listener) == 0 { continue }
      // The kernel takes all or none. One by one, the ones that work are enabled, and the others have a name.
      for controller in missing {
        let code = CgroupFile.write("+" + controller.rawValue, to: file, telling: listener)
        guard code != 0, let request = plan.required.first(where: { $0.controller == controller }) else {
          continue
        }
        throw Failure(
          "\(request.field): enable the \(controller.rawValue) controller in", folder,
          reason: reason(code, controller, folder), errno: code)
      }
    }
  }

  private static func missing(_ wanted: [CgroupController], in folder: String) throws -> [CgroupController] {
    let file = folder + "/cgroup.subtree_control"
    let enabled = try CgroupFile.withBytes(of: file, CgroupLayout.parseControllers)
    return wanted.reduce(into: []) { if !enabled.contains($1) && !$0.contains($1) { $0.append($1) } }
  }

  private static func reason(_ code: CInt, _ controller: CgroupController, _ folder: String) -> String? {
    switch code {
    case EBUSY: "it has processes of its own, and such a cgroup cannot hand out controllers to its children"
    case ENOENT: "its parent does not hand it out"
    case EACCES, EPERM: "it belongs to somebody else, who has not handed the controller out"
    case EOPNOTSUPP: "it is a threaded cgroup"
    default: nil
    }
  }
}
