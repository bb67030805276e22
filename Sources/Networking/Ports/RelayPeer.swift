import CShim
import Glibc

/// Who calls at a port that is relayed.
package struct RelayPeer {
  /// Nil where it is not known: it has gone again.
  package let address: IPv6Address?
  /// The device by which it calls; empty where that is not known, as for a connection from more than a link away.
  package let device: String

  package init(address: IPv6Address?, device: String = "") {
    self.address = address
    self.device = device
  }

  init(_ peer: SocketAddress) {
    let found = peer.ip6
    self.init(address: found?.address, device: Self.name(of: found?.device ?? 0))
  }

  init(_ ends: shim_datagram) {
    let address = withUnsafeBytes(of: ends.peer) { IPv6Address(bytes: Array($0)) }
    self.init(address: address, device: Self.name(of: ends.incoming))
  }

  private static func name(of device: UInt32) -> String {
    if device == 0 { return "" }
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    if if_indextoname(device, &name) == nil { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
