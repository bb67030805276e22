import Glibc
import Runtime

extension PacketFilter {
  /// Sees to it that the table is there, with this version's rules; with other ones they are exchanged, and the
  /// elements kept, whosever they are.
  ///
  /// - Parameter anew: rules of this version are exchanged as well: somebody may have changed them.
  /// - Throws: `Failure` where `nft` is missing or refuses.
  public func ensure(anew: Bool = false) throws {
    if try !anew && isCurrent() { return }
    let handle = try tableHandle()
    // Somebody else may have made it in between.
    if try !anew && isCurrent() { return }
    var text = Ruleset.text
    if let handle {
      text = Ruleset.removal(handle: handle) + text
      text += try bridges().map(\.lines).joined() + mappings().map(\.line).joined()
    }
    do { try NftProgram.load(text) } catch {
      // Somebody else was faster.
      guard (try? isCurrent()) == true, (try? tableHandle()) != handle else { throw error }
    }
  }

  /// Whether the table is there with this version's rules: one question, a few microseconds.
  public func isCurrent() throws -> Bool {
    // NFTA_SET_TABLE, NFTA_SET_NAME.
    try look(.getSet, [NetlinkAttribute(1, Ruleset.table), NetlinkAttribute(2, Ruleset.version)]) != nil
  }

  /// What a person would type to load the rules.
  public static let shell =
    ["nft -f - <<'END'"] + Ruleset.text.split(separator: "\n").map(String.init) + ["END"]

  /// The number that this table has and no other one after it will have; nil where there is none.
  private func tableHandle() throws -> UInt64? {
    // NFTA_TABLE_NAME, NFTA_TABLE_HANDLE.
    try look(.getTable, [NetlinkAttribute(1, Ruleset.table)])?.attributes(behind: NfTables.fixedSize)
      .first { $0.type == 4 }?.value.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func look(_ kind: NfTables.Kind, _ names: [NetlinkAttribute]) throws -> NetlinkMessage? {
    do {
      return try ask(NfTables.message(kind, Netlink.acknowledge, names)).first
    } catch let error as NetlinkError {
      if error.errno == ENOENT { return nil }
      throw Self.failure("look for", error)
    }
  }
}
