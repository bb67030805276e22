import Glibc
import Runtime

/// The table `inet swiftainer` of nf_tables, in the network namespace in which this was made: networks and published
/// ports are elements of its sets and maps. `Ruleset` has its rules.
///
/// Calls are told to the listener. Errors are `Failure`s that name the table.
public final class PacketFilter {
  let channel: any NetlinkChannel
  private var sequence: UInt32 = 0

  /// - Parameter listener: is told of each kernel call.
  public init(telling listener: KernelCallListener = .nobody) throws(Failure) {
    channel = try NetlinkSocket(.netfilter, telling: listener)
  }

  init(_ channel: any NetlinkChannel) { self.channel = channel }

  /// From now on somebody else is told of the calls.
  public func tell(_ listener: KernelCallListener) { (channel as? NetlinkSocket)?.listener = listener }

  /// Adds networks; one that is there already stays, and gets what it has not yet.
  public func add(_ bridges: [FilteredBridge]) throws { try make(bridges.flatMap(\.elements)) }

  /// Takes a network's elements away. Where there are none, nothing happens.
  ///
  /// - Parameter bridge: the device's name.
  public func remove(_ bridge: String) throws { try take(FilteredBridge.allElements(of: bridge)) }

  /// Publishes ports. One that leads elsewhere was a dead container's, since the living one's holder has the port:
  /// it is led here in one step. What the kernel remembers of UDP through these ports is forgotten.
  public func publish(_ mappings: [PortMapping]) throws {
    try make(mappings.map(\.element))
    try forgetFlows(through: mappings)
  }

  /// Ends the publication of ports. One that is not there, or leads elsewhere meanwhile, is left alone.
  public func unpublish(_ mappings: [PortMapping]) throws {
    try take(mappings.map(\.element))
    try forgetFlows(through: mappings)
  }

  /// All published ports. Empty where the table is not there.
  public func mappings() throws -> [PortMapping] {
    try PortMapping.maps.flatMap { try elements(of: $0) }.compactMap { PortMapping($0) }
  }

  /// All networks. Empty where the table is not there.
  public func bridges() throws -> [FilteredBridge] {
    FilteredBridge.bridges(try FilteredBridge.sets.flatMap { try elements(of: $0) })
  }

  /// Makes elements. First as if none was in the way; the kernel refuses those that are there with other data.
  private func make(_ elements: [FilterElement]) throws {
    for some in Self.parts(elements) {
      var inTheWay: Set<Int> = []
      try retrying("add to") {
        var batch = NfBatch()
        var owners: [Int] = []
        for (index, element) in some.enumerated() {
          if inTheWay.contains(index) { batch.append(element.message(.deleteElement)) }
          batch.append(element.message(.newElement, Netlink.create))
          while owners.count < batch.messages.count { owners.append(index) }
        }
        let refused = try commit(batch)
        for (place, error) in refused {
          switch error.errno {
          case EBUSY, EEXIST: inTheWay.insert(owners[place])
          // Somebody has taken it away meanwhile. Without the whole table, nothing was in the way.
          case ENOENT where inTheWay.contains(owners[place]): inTheWay.remove(owners[place])
          default: throw error
          }
        }
        return refused.isEmpty
      }
    }
  }

  /// Takes elements away. To look first costs less than to be refused, which has the kernel wait for all its
  /// processors; that nothing changes in between is the generation's business.
  private func take(_ elements: [FilterElement]) throws {
    for some in Self.parts(elements) {
      try retrying("remove from") {
        var batch = NfBatch()
        batch.generation = try generation()
        for element in try present(some) { batch.append(element.message(.deleteElement)) }
        return try commit(batch).isEmpty
      }
    }
  }

  /// As many as fit into a datagram, and their refusals into the socket's buffer.
  private static func parts<Element>(_ all: [Element]) -> [[Element]] {
    stride(from: 0, to: all.count, by: 128).map { Array(all[$0..<min($0 + 128, all.count)]) }
  }

  /// Those of the elements that are there with the same data.
  private func present(_ wanted: [FilterElement]) throws -> [FilterElement] {
    var datagram: [UInt8] = []
    let first = sequence + 1
    for element in wanted {
      sequence += 1
      datagram += element.message(.getElement, Netlink.acknowledge, sequence: sequence).bytes
    }
    try channel.send(datagram)
    var found: Set<FilterElement> = []
    while true {
      for message in NetlinkMessage.parse(try channel.receive()) ?? [] {
        guard (first...sequence).contains(message.sequence) else { continue }
        found.formUnion(FilterElement.elements(in: message))
        // Each is answered with an end of its own: there, or not.
        if message.type == Netlink.error && message.sequence == sequence {
          return wanted.filter { found.contains($0) }
        }
      }
    }
  }

  private func generation() throws -> UInt32? {
    sequence += 1
    let request = NfTables.message(
      .getGeneration, Netlink.acknowledge, family: 0, sequence: sequence, [])
    return try channel.exchange(request).lazy.compactMap { NfTables.generation(in: $0) }.first
  }

  private func elements(of set: String) throws -> [FilterElement] {
    for _ in 0..<8 {
      sequence += 1
      let request = FilterElement.message(.getElement, Netlink.dump, set: set, sequence: sequence)
      do {
        let answers = try channel.exchange(request)
        // NLM_F_DUMP_INTR: a change came between two parts.
        if answers.contains(where: { $0.flags & 0x10 != 0 }) { continue }
        return answers.flatMap { FilterElement.elements(in: $0) }
      } catch let error as NetlinkError {
        if error.errno == ENOENT { return [] }
        if error.errno != EINTR { throw Self.failure("list", error) }
      }
    }
    throw Self.failure("list", NetlinkError(errno: EBUSY, message: nil))
  }

  private func commit(_ batch: NfBatch) throws -> [Int: NetlinkError] {
    let first = sequence + 1
    sequence += UInt32(batch.messages.count) + 2
    return try channel.commit(batch, sequence: first)
  }

  /// Does something again while others' changes come between.
  private func retrying(_ purpose: String, _ body: () throws -> Bool) throws {
    do {
      for _ in 0..<16 {
        do { if try body() { return } } catch let error as NetlinkError {
          if error.errno != ERESTART { throw error }
        }
      }
      throw NetlinkError(errno: EBUSY, message: nil)
    } catch let error as NetlinkError { throw Self.failure(purpose, error) }
  }

  static func failure(_ purpose: String, _ error: NetlinkError) -> Failure {
    Failure(
      "\(purpose): nf_tables", "inet \(Ruleset.table)", reason: error.message, errno: error.errno,
      hint: error.errno == ENOENT ? "somebody has removed the table: swiftainer network reload" : nil)
  }

  /// Sends a request and collects its answers.
  func ask(_ message: NetlinkMessage) throws -> [NetlinkMessage] {
    sequence += 1
    var message = message
    message.sequence = sequence
    return try channel.exchange(message)
  }
}
