import Glibc
import Runtime

/// The everyday containers of this machine.
public struct Containers: Sendable {
  public let roots: EngineRoots

  public init(_ roots: EngineRoots = .fromEnvironment()) { self.roots = roots }

  /// The container of a name, an ID, or the beginning of one.
  public func find(_ word: String) throws -> StoredContainer {
    let id = try id(of: word)
    do { return try StoredContainer.read(id, roots) } catch {
      // It may have been removed meanwhile.
      throw Files.exists(roots.folder(of: id)) ? error : Self.missing(word)
    }
  }

  /// The whole ID of a name or the beginning of an ID; for those whose files cannot be read.
  public func id(of word: String) throws(Failure) -> String {
    if let id = ContainerNames(roots: roots).id(of: word), Files.exists(roots.folder(of: id)) { return id }
    return try id(startingWith: word)
  }

  private func id(startingWith word: String) throws(Failure) -> String {
    let word = word.hasPrefix("/") ? String(word.dropFirst()) : word
    if let id = ContainerNames(roots: roots).id(of: word) { return id }
    guard !word.isEmpty, word.utf8.allSatisfy(Self.isDigit) else { throw Self.missing(word) }
    if word.utf8.count == 64 {
      if Files.exists(roots.folder(of: word)) { return word }
      throw Self.missing(word)
    }
    let found = ids().filter { $0.hasPrefix(word) }
    if found.isEmpty { throw Self.missing(word) }
    if found.count > 1 {
      throw Failure(
        "container \(word)", reason: "several containers' IDs begin like this", hint: "type more of it")
    }
    return found[0]
  }

  static func missing(_ word: String) -> Failure {
    Failure("No such container: \(word.hasPrefix("/") ? String(word.dropFirst()) : word)")
  }

  /// Whether an error says that there is nothing of that name or ID.
  public static func isMissing(_ word: String, by error: Error) -> Bool { error as? Failure == missing(word) }

  /// All IDs, in no order.
  func ids() -> [String] {
    Files.names(in: roots.containers).filter { $0.utf8.count == 64 && $0.utf8.allSatisfy(Self.isDigit) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  /// All containers, the latest first.
  ///
  /// - Parameter warn: told of each whose file cannot be read; such a one is left out.
  public func all(warn: (Error) -> Void = { _ in }) -> [StoredContainer] {
    var found: [StoredContainer] = []
    for id in ids() {
      do {
        found.append(try StoredContainer.read(id, roots))
      } catch {
        // One that goes while we look is none to warn of.
        if Files.exists(roots.folder(of: id)) { warn(error) }
      }
    }
    return found.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
  }
}
