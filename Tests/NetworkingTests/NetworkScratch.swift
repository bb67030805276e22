import Glibc
import Runtime

@testable import Networking

/// A folder of networks for one test, removed with the value. The host has one subnet, 10.200.0.0/16.
final class NetworkScratch {
  let folder: String

  init() {
    var template = Array("/tmp/swiftainer-networks-XXXXXX".utf8CString)
    folder = String(cString: mkdtemp(&template)!)
  }

  deinit { ScratchFolder.remove(folder) }

  static let candidates = ["172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/24"].compactMap { Subnet($0) }

  var networks: Networks {
    Networks(folder: folder, hostSubnets: { [Subnet("10.200.0.0/16")!, Subnet("0.0.0.0/0")!] }) { taken in
      guard let free = Self.candidates.first(where: { one in !taken.contains { $0.overlaps(one) } }) else {
        throw Failure("no more")
      }
      return free
    }
  }

  /// Makes a network.
  func make(_ name: String, _ change: (inout NetworkRequest) -> Void = { _ in }) throws -> StoredNetwork {
    var request = NetworkRequest(name: name)
    change(&request)
    return try networks.create(request)
  }

  func write(_ text: String, to name: String) throws {
    try Files.replace(folder + "/" + name, Array(text.utf8))
  }

  /// An ID made of a number.
  static func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits + String(repeating: "f", count: 56)
  }
}

/// What an error says; nil where there is none.
func words(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
