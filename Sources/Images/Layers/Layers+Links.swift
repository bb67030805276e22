import Glibc
import OCISpec
import Runtime

/// Layers for an overlay, as its `lowerdir` takes them.
public struct LowerFolders: Equatable, Sendable {
  /// What the names are relative to; absolute.
  public let folder: String
  /// Of the folders, the top layer's first. None has a colon, a comma or a backslash.
  public let names: [String]

  /// The most layers that an overlay takes. Source: the kernel's fs/overlayfs/params.h, OVL_MAX_STACK.
  public static let most = 500
}

extension Layers {
  /// The folders of layers, the top one first, by names short enough for 500 of them to fit on a page.
  ///
  /// Throws where one of them is not unpacked.
  ///
  /// - Parameter chains: from the lowest on, as an image has them.
  public func lowerFolders(of chains: [Digest]) throws(Failure) -> LowerFolders {
    guard chains.count <= LowerFolders.most else {
      throw Failure(
        "mount layers", reason: "there are \(chains.count), and overlayfs takes \(LowerFolders.most)")
    }
    var names: [String] = []
    for chain in chains.reversed() {
      guard contains(chain) else {
        throw Failure("mount layers", "\(chain)", reason: "it is not unpacked", hint: "pull its image again")
      }
      names.append(try link(to: chain))
    }
    return LowerFolders(folder: links, names: names)
  }

  /// The name of the link to a layer, which is made where it is not there.
  func link(to chain: Digest) throws(Failure) -> String {
    let target = Self.target(chain)
    for name in Self.names(of: chain) {
      let path = links + "/" + name
      if symlink(target, path) == 0 { return name }
      if errno != EEXIST { throw Failure("make link", path, errno: errno) }
      if Self.target(ofLink: path) == target { return name }
      // Another layer's that happens to begin alike.
    }
    throw Failure("make link", links, reason: "all names for \(chain) are taken")
  }

  static func target(_ chain: Digest) -> String { "../" + chain.hex + "/fs" }

  static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 128)
    let length = buffer.withUnsafeMutableBytes {
      readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return length < 0 ? nil : String(decoding: buffer[..<length], as: UTF8.self)
  }

  /// Six letters each, of 30 bits of the ID.
  static func names(of chain: Digest) -> [String] {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    let digits = Array(chain.hex)
    return (0..<8).map { part in
      var bits = UInt32(String(digits[part * 8..<part * 8 + 8]), radix: 16) ?? 0
      var name: [UInt8] = []
      for _ in 0..<6 {
        name.append(letters[Int(bits & 31)])
        bits >>= 5
      }
      return String(decoding: name, as: UTF8.self)
    }
  }
}
