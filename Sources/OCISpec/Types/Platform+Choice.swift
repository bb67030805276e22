/// Which of several manifests is for a machine.
extension Platform: CustomStringConvertible {
  /// Reads `os/architecture` or `os/architecture/variant`; an architecture alone is one of Linux. Other words for
  /// architectures, such as `x86_64`, are taken. Nil for anything else.
  public init?(_ text: String) {
    let words = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard words.count <= 3, words.allSatisfy({ !$0.isEmpty }) else { return nil }
    let isAlone = words.count == 1
    self =
      Platform(
        architecture: isAlone ? words[0] : words[1], os: isAlone ? "linux" : words[0],
        variant: words.count == 3 ? words[2] : nil
      ).normalized
  }

  /// As in `linux/arm/v7`.
  public var description: String { os + "/" + architecture + (variant.map { "/" + $0 } ?? "") }

  /// The same in Go's words, without a variant that goes without saying. Source: containerd's `platforms`.
  public var normalized: Platform {
    var platform = self
    switch architecture {
    case "x86_64", "x86-64": platform.architecture = "amd64"
    case "i386", "i486", "i586", "i686": platform.architecture = "386"
    case "aarch64": platform.architecture = "arm64"
    case "armhf", "armel", "armv7l", "armv6l":
      platform.architecture = "arm"
      platform.variant = variant ?? (architecture == "armhf" || architecture == "armv7l" ? "v7" : "v6")
    default: break
    }
    switch (platform.architecture, platform.variant) {
    case ("amd64", "v1"), ("arm64", "v8"), ("arm64", "8"): platform.variant = nil
    case ("arm", nil): platform.variant = "v7"
    case ("arm", let number?) where !number.hasPrefix("v"): platform.variant = "v" + number
    default: break
    }
    return platform
  }

  /// How well a machine of this platform executes what is for another: 0 is best; nil where it cannot.
  func distance(to other: Platform) -> Int? {
    let (here, there) = (normalized, other.normalized)
    guard here.os == there.os, here.architecture == there.architecture else { return nil }
    if here.variant == there.variant { return 0 }
    // A later machine executes what is for an earlier one.
    func number(_ variant: String?, absent: Int) -> Int? {
      guard let variant else { return absent }
      // No more of them: what an index says may be anything, and a distance must be a number.
      return variant.hasPrefix("v") ? UInt16(variant.dropFirst()).map { Int($0) } : nil
    }
    let absent = here.architecture == "arm64" ? 8 : 1
    guard let newest = number(here.variant, absent: absent), let asked = number(there.variant, absent: absent)
    else { return nil }
    return asked <= newest ? newest - asked : nil
  }
}

extension ImageIndex {
  /// The manifest that fits a platform best; nil where none does. One that does not say what it is for is taken where
  /// nothing else is there.
  public func manifest(for platform: Platform) -> Descriptor? {
    let ranked = manifests.compactMap { manifest in
      manifest.platform.flatMap { platform.distance(to: $0) }.map { (manifest: manifest, distance: $0) }
    }
    // Of equals the first.
    if let best = ranked.min(by: { $0.distance < $1.distance }) { return best.manifest }
    return manifests.count == 1 && manifests[0].platform == nil ? manifests[0] : nil
  }

  /// What the manifests are for.
  public var platforms: [Platform] { manifests.compactMap(\.platform) }
}
