enum NetworkInterface {
  static func move(_ name: String, to pid: Int32, as newName: String, telling listener: KernelCallListener = .nobody) throws { throw Failure("move network device", name, reason: "unfinished") }
  static func foreseenCalls(_ name: String, folder: String, as newName: String) -> [KernelCall] { [] }
}
