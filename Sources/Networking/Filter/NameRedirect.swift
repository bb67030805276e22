import Glibc
import Runtime

/// Leads a container's questions for names to a server that is bound to another port than 53: two chains in a table
/// of the container's own namespace rewrite the port, packet by packet, without connection tracking.
///
/// Questions are rewritten before the connection tracking that the payload may have, answers behind it: what it sees
/// has the same port in both directions.
public enum NameRedirect {
  static let table = "swiftainer_names"
  static let address = IPv4Address(number: 0x7f00_000b)

  /// Makes the table. One that is there is replaced.
  ///
  /// - Parameters:
  ///   - socket: opened in the container's namespace.
  ///   - port: where the server is, at 127.0.0.11, for TCP and UDP.
  /// - Throws: `Failure` where the kernel refuses.
  package static func install(in socket: some NetlinkChannel, to port: UInt16) throws {
    do {
      // Most times there is none. To take one away, were it made a moment ago, the kernel waits for all its processors.
      guard let refused = try socket.commit(batch(to: port), sequence: 1).min(by: { $0.key < $1.key }) else {
        return
      }
      if refused.value.errno != EEXIST { throw refused.value }
      let again = batch(to: port, replaces: true)
      if let refused = try socket.commit(again, sequence: 100).min(by: { $0.key < $1.key }) {
        throw refused.value
      }
    } catch let error as NetlinkError {
      throw Failure("redirect names: nf_tables", "ip \(table)", reason: error.message, errno: error.errno)
    }
  }

  /// Takes the table away. Where there is none, nothing happens.
  ///
  /// - Parameter socket: opened in the container's namespace.
  /// - Throws: `Failure` where the kernel refuses.
  package static func remove(in socket: some NetlinkChannel) throws {
    do {
      var batch = NfBatch()
      let name = [NetlinkAttribute(1, table)]
      // One that is there stays as it is by the first, so that the second always has something to take away.
      batch.append(NfTables.message(.newTable, Netlink.create, family: NfTables.ipv4, name))
      batch.append(NfTables.message(.deleteTable, 0, family: NfTables.ipv4, name))
      if let refused = try socket.commit(batch, sequence: 1).min(by: { $0.key < $1.key }) {
        throw refused.value
      }
    } catch let error as NetlinkError {
      throw Failure(
        "end the redirection of names: nf_tables", "ip \(table)", reason: error.message, errno: error.errno)
    }
  }

  static func batch(to port: UInt16, replaces: Bool = false) -> NfBatch {
    var batch = NfBatch()
    func append(_ kind: NfTables.Kind, _ flags: UInt16, _ attributes: [NetlinkAttribute]) {
      batch.append(NfTables.message(kind, flags, family: NfTables.ipv4, attributes))
    }
    let name = NetlinkAttribute(1, table)
    if replaces { append(.deleteTable, 0, [name]) }
    append(.newTable, Netlink.create | Netlink.exclusive, [name])
    for chain in Chain.allCases {
      // NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK with NFTA_HOOK_HOOKNUM (NF_INET_LOCAL_OUT) and NFTA_HOOK_PRIORITY,
      // NFTA_CHAIN_TYPE.
      let hook = [NfTables.number(1, 3), NfTables.number(2, UInt32(bitPattern: chain.priority))]
      append(
        .newChain, Netlink.create,
        [
          name, NetlinkAttribute(3, chain.rawValue), NfTables.nested(4, hook), NetlinkAttribute(7, "filter"),
        ])
      for transport in [Transport.udp, .tcp] {
        // NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS. Each new rule comes behind those that are there.
        append(
          .newRule, Netlink.create | 0x800,
          [
            name, NetlinkAttribute(2, chain.rawValue),
            NfTables.nested(4, chain.rule(transport, port).flatMap(\.attributes)),
          ])
      }
    }
    return batch
  }

  private enum Chain: String, CaseIterable {
    case questions, answers

    var priority: Int32 { self == .questions ? -300 : 300 }

    /// Both headers begin with the port that sends and the one that is sent to.
    func rule(_ transport: Transport, _ port: UInt16) -> [NfExpression] {
      let (server, standard) = (FilterElement.field(port: port).prefix(2), [UInt8](arrayLiteral: 0, 53))
      let checksum: UInt32 = transport == .udp ? 6 : 16
      let isQuestion = self == .questions
      let offset: UInt32 = isQuestion ? 2 : 0
      return [
        .transport(transport),
        // The packet's destination in the header of IPv4, or its source.
        .bytes(NameRedirect.address.bytes, .network, offset: isQuestion ? 16 : 12),
        .bytes(isQuestion ? standard : Array(server), .transport, offset: offset),
        .write(isQuestion ? Array(server) : standard, .transport, offset: offset, checksum: checksum),
      ]
    }
  }

  /// What a person would type in the container's namespace.
  ///
  /// - Parameter port: the server's, as a number or a name.
  public static func shell(port: String) -> [String] {
    let (table, address) = ("ip \(table)", address.description)
    func chain(_ chain: Chain) -> String {
      "nft add chain \(table) \(chain.rawValue) "
        + "'{ type filter hook output priority \(chain.priority); }'"
    }
    return ["nft add table \(table)", chain(.questions), chain(.answers)]
      + ["udp", "tcp"].flatMap { transport in
        [
          "nft add rule \(table) questions ip daddr \(address) \(transport) dport 53 "
            + "\(transport) dport set \(port)",
          "nft add rule \(table) answers ip saddr \(address) \(transport) sport \(port) "
            + "\(transport) sport set 53",
        ]
      }
  }
}
