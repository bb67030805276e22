import Network
import Runtime

/// The subnets that this machine's routes lead to. Source: proc_net(5).
enum HostSubnets {
  static func read(_ file: String = "/proc/net/route") throws -> [Subnet] {
    let lines = String(decoding: try Files.read(file), as: UTF8.self).split(separator: "\n").dropFirst()
    return lines.compactMap { line in
      let fields = line.split(separator: "\t")
      guard fields.count > 7, let base = UInt32(fields[1], radix: 16),
        let mask = UInt32(fields[7], radix: 16),
        mask != 0
      else { return nil }
      return Subnet(of: .v4(IPv4Address(number: base.byteSwapped)), prefix: mask.nonzeroBitCount)
    }
  }

  static func free(besides taken: [Subnet]) throws -> Subnet {
    let candidates =
      (17...31).compactMap { Subnet("172.\($0).0.0/16") }
      + (0..<16).compactMap { Subnet("192.168.\($0 * 16).0/20") }
    guard let free = candidates.first(where: { one in !taken.contains { $0.overlaps(one) } }) else {
      throw Failure(
        "find a free subnet", reason: "all of the usual ones are taken", hint: "give one with --subnet")
    }
    return free
  }
}
