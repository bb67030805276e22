import Glibc
import Runtime

extension PacketFilter {
  /// Sees to it that the table is there, with this version's rules; with another's they are exchanged, and the
  /// elements kept.
  ///
  /// - Throws: `Failure` where `nft` is missing or refuses.
  public func ensure() throws {
    if try isCurrent() { return }
    var text = Ruleset.text
    if let handle = try tableHandle() {
      // Somebody else may have made it in between.
      if try isCurrent() { return }
      text = Ruleset.removal(handle: handle) + text
      text += try bridges().map(\.lines).joined() + mappings().map(\.line).joined()
    }
    do { try NftProgram.load(text) } catch {
      // Somebody else was faster.
      if (try? isCurrent()) != true { throw error }
    }
  }

  /// Puts the table back as it ought to be, in one transaction, whatever has become of it.
  ///
  /// - Parameters:
  ///   - bridges: all networks.
  ///   - mappings: all published ports.
  public func reload(bridges: [FilteredBridge], mappings: [PortMapping]) throws {
    let elements = bridges.map(\.lines).joined() + mappings.map(\.line).joined()
    try NftProgram.load(Ruleset.removal + Ruleset.text + elements)
  }

  /// Removes the table with all that is in it. Where there is none, nothing happens.
  public func removeTable() throws {
    if try tableHandle() != nil { try NftProgram.load(Ruleset.removal) }
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
