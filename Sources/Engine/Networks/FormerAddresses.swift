import Networking
import OCISpec
import Runtime

/// What a container had in its networks when it was started last: `addresses.json` in its folder. It is to have the same
/// again, where nobody has it meanwhile.
struct FormerAddresses: Equatable {
  struct Entry: Equatable {
    /// The network's ID.
    var network: String
    var ip4: IPv4Address?
    var ip6: IPv6Address?
    /// The host's end of the pair of devices.
    var device: String

    init(_ lease: Lease, in network: StoredNetwork) {
      self.network = network.id
      ip4 = lease.ip4
      ip6 = lease.ip6
      device = lease.hostDevice
    }
  }

  var entries: [Entry] = []

  private static func file(_ folder: String) -> String { folder + "/addresses.json" }

  /// Of a file that cannot be read nothing is known: any address will do.
  static func read(_ folder: String) -> FormerAddresses {
    let file = file(folder)
    guard Files.exists(file), let bytes = try? Files.read(file),
      let object = try? JSONDocument(bytes, name: file).root.object(),
      let entries: [Entry] = try? object.list("networks")
    else { return FormerAddresses() }
    return FormerAddresses(entries: entries)
  }

  func write(_ folder: String) throws(Failure) {
    var writer = JSONWriter(.compact)
    writer.object { $0.member("networks", entries) }
    try Files.replace(Self.file(folder), writer.bytes)
  }
}

extension FormerAddresses.Entry: JSONReadable, JSONWritable {
  init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    network = try object.required("network").string()
    ip4 = try object.string("ip4").flatMap { IPv4Address($0) }
    ip6 = try object.string("ip6").flatMap { IPv6Address($0) }
    device = try object.string("device") ?? ""
  }

  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("network", network)
      writer.member("ip4", ip4?.description)
      writer.member("ip6", ip6?.description)
      writer.member("device", device)
    }
  }
}
