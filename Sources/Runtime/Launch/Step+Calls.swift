extension Step {
  /// The kernel calls that the step is going to make.
  func foreseenCalls(pid: Int32) -> [KernelCall] { [] }
}

extension CloneStep {
  func call(cgroup: CInt, result: Int64?) -> KernelCall {
    KernelCall("clone3", [namespaces.flagNames], result: result)
  }
}

extension KernelCall {
  init(_ report: Report) {
    self.init(KernelCallTable.name(of: report.call) ?? "syscall", report.texts.map(Self.quote), result: report.result)
  }
}
