import Glibc

extension ContainerStore {
  /// What taking an ID calls, where the folder of all containers is there.
  static func foreseenCalls(_ folder: String) -> [KernelCall] {
    let root = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
    return [.mkdir(String(root), mode: 0o711), .mkdir(folder, mode: 0o711)]
      + ["/state.json", "/config.json"].flatMap { Files.foreseenReplacement(of: folder + $0) }
  }
}

extension OverlayRoot {
  /// The owner and mode of the image's folder are looked up only then.
  var foreseenPreparation: [KernelCall] {
    [upper, work, target].map { .mkdir($0, mode: 0o755) }
      + [.chmod(upper, mode: 0o755), .chown(upper, uid: 0, gid: 0)]
  }
}

extension CreatedRecord {
  var foreseenCalls: [KernelCall] {
    var calls: [KernelCall] = []
    if let folder { calls += Files.foreseenReplacement(of: folder + "/state.json") }
    if let pidFile { calls += Files.foreseenReplacement(of: pidFile, mode: 0o644) }
    if let pidfdSocket {
      calls += [
        ConsoleSocket.foreseenConnection(to: pidfdSocket),
        .sendmsg("socket", Array("pidfd".utf8), passing: "pidfd"),
      ]
    }
    if let memoryEvents { calls += Step.write("EVENTFD CONTROLFD", to: memoryEvents) }
    return calls
  }
}

extension ConsoleSocket {
  static func foreseenConnection(to path: String) -> KernelCall {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    return .connect("socket", "/proc/self/fd/N/" + name)
  }
}

extension Files {
  static func foreseenReplacement(of path: String, mode: UInt32 = 0o600) -> [KernelCall] {
    let temporary = path + ".PID.tmp"
    return [
      openingTemporary(temporary, mode),
      KernelCall("write", ["filefd", "...", "..."]), .rename(temporary, path),
    ]
  }
}
