import Glibc
import OCISpec
import Runtime

/// The content of a network's `leases.json`. Leases that nobody asks for are neither read nor made anew: their text is
/// kept as it is, so that a thousand of them cost no more than their scan.
struct LeaseTable {
  private enum Entry {
    case kept(JSONNode)
    case made(Lease)
  }

  /// The containers' IDs.
  private(set) var containers: [String] = []
  private var entries: [Entry] = []
  private(set) var hasChanged = false

  static let version = 1

  /// - Parameter file: what is not there is empty.
  init(_ file: String) throws {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try Files.read(file)
    } catch {
      if error.errno == ENOENT { return }
      throw error
    }
    let object = try JSONDocument(bytes, name: "the document").root.object()
    let version: Int = try object.integer("version") ?? 1
    guard version <= Self.version else {
      throw Failure("read", file, reason: "it is of a later version of swiftainer", hint: "use that")
    }
    for node in try object.required("leases").array({ node throws(SpecError) in node }) {
      containers.append(try node.object().required("container").string())
      entries.append(.kept(node))
    }
  }

  private func lease(at index: Int) throws -> Lease {
    switch entries[index] {
    case .kept(let node): try Lease(json: node)
    case .made(let lease): lease
    }
  }

  func lease(of container: String) throws -> Lease? {
    try containers.firstIndex(of: container).map { try lease(at: $0) }
  }

  func leases(where isWanted: (String) -> Bool) throws -> [Lease] {
    try containers.indices.filter { isWanted(containers[$0]) }.map { try lease(at: $0) }
  }

  mutating func add(_ lease: Lease) {
    containers.append(lease.container)
    entries.append(.made(lease))
    hasChanged = true
  }

  mutating func remove(_ container: String) {
    guard let index = containers.firstIndex(of: container) else { return }
    containers.remove(at: index)
    entries.remove(at: index)
    hasChanged = true
  }

  mutating func replace(_ lease: Lease) {
    guard let index = containers.firstIndex(of: lease.container) else { return }
    entries[index] = .made(lease)
    hasChanged = true
  }

  /// Whether any was taken away.
  mutating func sweep(isAlive: (String) -> Bool, dispose: (Lease) throws -> Void) throws -> Bool {
    var isAny = false
    for container in containers where !isAlive(container) {
      if let lease = try lease(of: container) { try dispose(lease) }
      remove(container)
      isAny = true
    }
    return isAny
  }

  func json() -> [UInt8] {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.member("version", Self.version)
      writer.name("leases")
      writer.array { writer in
        for entry in entries {
          switch entry {
          case .kept(let node): node.write(to: &writer)
          case .made(let lease): lease.write(to: &writer)
          }
        }
      }
    }
    return writer.bytes
  }

  /// A member of each lease that has it, with the index of the lease.
  func values(_ name: StaticString, of made: (Lease) -> String?) throws -> [(index: Int, text: String)] {
    var found: [(index: Int, text: String)] = []
    found.reserveCapacity(entries.count)
    for (index, entry) in entries.enumerated() {
      switch entry {
      case .kept(let node):
        if let text = try node.object().string(name) { found.append((index, text)) }
      case .made(let lease):
        if let text = made(lease) { found.append((index, text)) }
      }
    }
    return found
  }
}
