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
    // For hundreds of layers the way from the root to each would be the most of it.
    let opened = OwnedFD(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    var names: [String] = []
    for chain in chains.reversed() {
      guard faccessat(opened.raw, StoredLayer.file(chain.hex), F_OK, 0) == 0,
        faccessat(opened.raw, Self.mark(of: chain.hex), F_OK, 0) != 0 || isTrusted(folder(of: chain))
      else {
        throw Failure("mount layers", "\(chain)", reason: "it is not unpacked", hint: "pull its image again")
      }
      let usual = Self.name(of: chain, 0)
      let isThere = Self.target(ofLink: "l/" + usual, in: opened.raw) == Self.target(chain)
      names.append(isThere ? usual : try link(to: chain))
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

  static func target(ofLink path: String, in folder: CInt = AT_FDCWD) -> String? {
    var buffer = [UInt8](repeating: 0, count: 128)
    let length = buffer.withUnsafeMutableBytes {
      readlinkat(folder, path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return length < 0 ? nil : String(decoding: buffer[..<length], as: UTF8.self)
  }

  /// The names that a link may have; nearly always it is the first.
  static func names(of chain: Digest) -> [String] { (0..<8).map { name(of: chain, $0) } }

  /// Six letters, of 30 bits of the ID.
  private static func name(of chain: Digest, _ part: Int) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    var bits = UInt32(chain.hex.dropFirst(part * 8).prefix(8), radix: 16) ?? 0
    var name: [UInt8] = []
    for _ in 0..<6 {
      name.append(letters[Int(bits & 31)])
      bits >>= 5
    }
    return String(decoding: name, as: UTF8.self)
  }
}
