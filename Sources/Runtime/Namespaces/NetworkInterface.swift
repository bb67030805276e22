enum NetworkInterface {
  static func move(_ name: String, to pid: Int32, as newName: String) throws { throw Failure("move network device", name, reason: "unfinished") }
}
