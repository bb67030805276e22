import Glibc
import Runtime

/// Names of containers: each a symbolic link to an ID, which is made by one only of several who try.
struct ContainerNames {
  let roots: EngineRoots

  /// Checks a name's form.
  static func check(_ name: String) throws(Failure) {
    let isAllowed = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let bytes = Array(name.utf8)
    // It is a file's name too.
    if bytes.count > 200 { throw Failure("--name", reason: "longer than 200 bytes") }
    let extra: Set<UInt8> = [UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-")]
    guard bytes.count >= 2, isAllowed(bytes[0]), bytes.allSatisfy({ isAllowed($0) || extra.contains($0) })
    else {
      throw Failure(
        "--name", KernelCall.quote(name), reason: "invalid container name",
        hint: "only [a-zA-Z0-9][a-zA-Z0-9_.-]+ are allowed")
    }
  }

  private func link(_ name: String) -> String { roots.names + "/" + name }

  /// The ID that a name stands for; nil for none.
  func id(of name: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 65)
    let length = buffer.withUnsafeMutableBytes {
      readlink(link(name), $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return length == 64 ? String(decoding: buffer[..<64], as: UTF8.self) : nil
  }

  /// Gives a name to a container.
  func take(_ name: String, for id: String) throws(Failure) {
    while symlink(id, link(name)) != 0 {
      guard errno == EEXIST else { throw Failure("take name", name, errno: errno) }
      let owner = self.id(of: name)
      if let owner, ContainerFolder(roots, owner).isThere { throw Self.conflict(name, owner) }
      // Who had it was cut short before or after it was a container.
      try free(name, of: owner)
    }
  }

  /// Throws where a container has the name.
  func checkFree(_ name: String) throws(Failure) {
    if let owner = id(of: name), ContainerFolder(roots, owner).isThere { throw Self.conflict(name, owner) }
  }

  /// Frees a name that stands for a container. Where that fails, whoever wants the name next does it.
  func give(up name: String, of id: String) { try? free(name, of: id) }

  /// Removes a name's link if it still leads to that ID; nil: to none.
  func free(_ name: String, of id: String?) throws(Failure) {
    // Names are taken without the lock, but only once they are free, and freed only under it: what a link leads to
    // cannot become another between the look and the removal.
    let lock = try Volumes.hold(roots.names)
    defer { flock(lock.raw, LOCK_UN) }
    var found = stat()
    guard lstat(link(name), &found) == 0, self.id(of: name) == id else { return }
    if unlink(link(name)) != 0 { throw Failure("free name", link(name), errno: errno) }
  }

  private static func conflict(_ name: String, _ id: String) -> Failure {
    var failure = Failure(
      "Conflict. The container name \"/\(name)\" is already in use by container \"\(id)\". "
        + "You have to remove (or rename) that container to be able to reuse that name.")
    failure.kind = .alreadyExists
    return failure
  }

  private static let first = [
    "amber", "brave", "brisk", "calm", "clear", "clever", "crisp", "eager", "early", "fair", "fleet", "fresh",
    "gentle", "glad", "grand", "happy", "hardy", "jolly", "keen", "kind", "lively", "lucid", "lucky",
    "mellow",
    "merry", "mild", "neat", "nimble", "noble", "plucky", "polite", "proud", "quick", "quiet", "rapid",
    "ready",
    "shiny", "silent", "smart", "snowy", "solid", "steady", "sunny", "swift", "tidy", "vivid", "warm", "wise",
  ]
  private static let second = [
    "alder", "aspen", "badger", "beaver", "birch", "bison", "canal", "cedar", "cloud", "crane", "delta",
    "dune",
    "falcon", "fern", "finch", "fjord", "forest", "fox", "glade", "harbor", "hawk", "hazel", "heron", "hill",
    "island", "lake", "lark", "linden", "lynx", "maple", "marsh", "meadow", "otter", "owl", "pine", "prairie",
    "raven", "reef", "ridge", "river", "robin", "sparrow", "spruce", "stream", "swallow", "tern", "valley",
    "willow",
  ]

  /// A name for a container that is given none.
  static func random() -> String {
    "\(first.randomElement()!)_\(second.randomElement()!)"
  }
}
