import OCISpec

/// What was asked for is kept beside the container: it is started again from that.
extension RunOptions: JSONReadable, JSONWritable {
  public init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    self.init(image: try object.required("image").string())
    command = try object.strings("command")
    entrypoint = try object["entrypoint"]?.strings()
    name = try object.string("name")
    environment = try object.strings("environment")
    labels = try object.stringDictionary("labels")
    annotations = try object.stringDictionary("annotations")
    workingFolder = try object.string("workingFolder")
    user = try object.string("user")
    groups = try object.strings("groups")
    hostname = try object.string("hostname")
    domainname = try object.string("domainname")
    pull = try object.choice("pull") ?? .missing
    platform = try object.string("platform")
    imageID = try object.string("imageID")
    try readConversation(object)
    try readLife(object)
    try readConfinement(object)
  }

  private mutating func readConversation(_ object: JSONObject) throws(SpecError) {
    terminal = try object.flag("terminal")
    interactive = try object.flag("interactive")
    detached = try object.flag("detached")
    attached = try object["attached"]?.choices()
    passesSignals = try object.bool("passesSignals") ?? true
    detachKeys = try object.word("detachKeys")
    consoleSize = try object.value("consoleSize")
    idFile = try object.string("idFile")
  }

  private mutating func readLife(_ object: JSONObject) throws(SpecError) {
    removesItself = try object.flag("removesItself")
    restart = try object.word("restart") ?? .no
    initProcess = try object.flag("initProcess")
    stopSignal = try object.string("stopSignal")
    stopTimeout = try object.integer("stopTimeout")
    health = try object.value("health")
    logDriver = try object.string("logDriver")
    logOptions = try object.stringDictionary("logOptions")
  }

  private mutating func readConfinement(_ object: JSONObject) throws(SpecError) {
    mounts = try object.list("mounts")
    volumesFrom = try object.list("volumesFrom")
    readOnly = try object.flag("readOnly")
    writesImage = try object.flag("writesImage")
    limits = try object.value("limits") ?? ResourceLimits()
    addedCapabilities = try object.strings("addedCapabilities")
    droppedCapabilities = try object.strings("droppedCapabilities")
    privileged = try object.flag("privileged")
    security = try object.value("security") ?? SecurityOptions()
    devices = try object.list("devices")
    deviceRules = try object.list("deviceRules")
    sysctls = try object.stringDictionary("sysctls")
    namespaces = try object.value("namespaces") ?? NamespaceModes()
    network = try object.value("network") ?? NetworkOptions()
  }

  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("image", image)
      writer.member("imageID", imageID)
      writer.member("command", command)
      writer.member("entrypoint", entrypoint)
      writer.member("name", name)
      writer.member("environment", environment)
      writer.member("labels", labels)
      writer.member("annotations", annotations)
      writer.member("workingFolder", workingFolder)
      writer.member("user", user)
      writer.member("groups", groups)
      writer.member("hostname", hostname)
      writer.member("domainname", domainname)
      writer.member("pull", pull == .missing ? nil : pull)
      writer.member("platform", platform)
      writeConversation(&writer)
      writeLife(&writer)
      writeConfinement(&writer)
    }
  }

  private func writeConversation(_ writer: inout JSONWriter) {
    writer.member("terminal", flag: terminal)
    writer.member("interactive", flag: interactive)
    writer.member("detached", flag: detached)
    writer.member("attached", attached?.map(\.rawValue))
    writer.member("passesSignals", passesSignals ? nil : false)
    writer.member("detachKeys", word: detachKeys)
    writer.member("consoleSize", consoleSize)
    writer.member("idFile", idFile)
  }

  private func writeLife(_ writer: inout JSONWriter) {
    writer.member("removesItself", flag: removesItself)
    writer.member("restart", word: restart == .no ? nil : restart)
    writer.member("initProcess", flag: initProcess)
    writer.member("stopSignal", stopSignal)
    writer.member("stopTimeout", stopTimeout)
    writer.member("health", health)
    writer.member("logDriver", logDriver)
    writer.member("logOptions", logOptions)
  }

  private func writeConfinement(_ writer: inout JSONWriter) {
    writer.member("mounts", mounts)
    writer.member("volumesFrom", volumesFrom)
    writer.member("readOnly", flag: readOnly)
    writer.member("writesImage", flag: writesImage)
    writer.member("limits", limits)
    writer.member("addedCapabilities", addedCapabilities)
    writer.member("droppedCapabilities", droppedCapabilities)
    writer.member("privileged", flag: privileged)
    writer.member("security", security)
    writer.member("devices", devices)
    writer.member("deviceRules", deviceRules)
    writer.member("sysctls", sysctls)
    writer.member("namespaces", namespaces)
    writer.member("network", network)
  }
}
