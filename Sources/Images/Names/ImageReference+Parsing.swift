import OCISpec
import Runtime

extension ImageReference {
  /// Reads a name as people write it, in whatever length. Errors have Docker's words.
  public init(_ text: String) throws(Failure) {
    if text.utf8.count == 64, text.utf8.allSatisfy(Digest.isDigit) {
      throw Failure("invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
    }
    // The longest that can be right: registry, repository, tag and digest.
    guard text.utf8.count <= 1024 else { throw Self.malformed(text) }
    let (registry, path) = Self.split(text)
    // Only in the usual registry have names of one word a folder.
    let isOfficial = registry == Self.usualRegistry && !path.contains("/")
    let rest = isOfficial ? Self.officialPrefix + path : path
    let repository = String(rest.prefix { $0 != ":" && $0 != "@" })
    if repository.contains(where: \.isUppercase) {
      throw Failure("invalid reference format", reason: "repository name (\(repository)) must be lowercase")
    }
    let suffix = rest.utf8.dropFirst(repository.utf8.count)
    guard Self.isRegistry(registry), Self.isRepository(repository),
      let (tag, digest) = Self.tagAndDigest(suffix)
    else { throw Self.malformed(text) }
    if repository.utf8.count > 255 {
      throw Failure("repository name must not be more than 255 characters", reason: quoted(repository))
    }
    self.init(
      registry: registry, repository: repository, tag: tag, digest: try digest.map(Self.sha256))
  }

  private static func malformed(_ text: String) -> Failure {
    Failure("invalid reference format", reason: text.isEmpty ? "it is empty" : quoted(text))
  }

  /// The registry and what follows. A first word is a registry where it cannot be a part of a repository's name.
  private static func split(_ text: String) -> (registry: String, rest: String) {
    guard let slash = text.firstIndex(of: "/") else { return (usualRegistry, text) }
    let first = String(text[..<slash])
    let rest = String(text[text.index(after: slash)...])
    if first == "index." + usualRegistry { return (usualRegistry, rest) }
    let isRegistry =
      first == "localhost" || first.contains { $0 == "." || $0 == ":" }
      || first.contains(where: \.isUppercase)
    return isRegistry ? (first, rest) : (usualRegistry, text)
  }

  /// `:TAG@ALGORITHM:DIGITS`, any of which may be absent; nil where it is malformed.
  private static func tagAndDigest(_ suffix: Substring.UTF8View) -> (tag: String?, digest: String?)? {
    let digest = suffix.firstIndex(of: UInt8(ascii: "@")).map { suffix[suffix.index(after: $0)...] }
    let tag = suffix.prefix { $0 != UInt8(ascii: "@") }
    if let digest, !isDigest(digest) { return nil }
    if !tag.isEmpty, !isTag(tag.dropFirst()) { return nil }
    return (tag.isEmpty ? nil : String(tag.dropFirst()), digest.map { String($0) ?? "" })
  }

  private static func sha256(_ text: String) throws(Failure) -> Digest {
    if let digest = Digest(text) { return digest }
    guard text.hasPrefix("sha256:") else {
      throw Failure("unsupported digest algorithm", reason: quoted(text), hint: "it must be sha256")
    }
    let isShort = text.utf8.count != "sha256:".utf8.count + 64
    throw Failure("invalid checksum digest \(isShort ? "length" : "format")", reason: quoted(text))
  }

  /// `algorithm:digits`, of 32 digits at least.
  private static func isDigest(_ text: Substring.UTF8View) -> Bool {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let digits = text[text.index(after: colon)...]
    let words = text[..<colon].split(omittingEmptySubsequences: false) { "+.-_".utf8.contains($0) }
    return digits.count >= 32 && digits.allSatisfy(isHexadecimal)
      && words.allSatisfy { word in word.first.map(isLetter) == true && word.allSatisfy(isAlphanumeric) }
  }

  /// Whether a text has the form of a tag.
  static func isTag(_ text: some Collection<UInt8>) -> Bool {
    guard let first = text.first, text.count <= 128 else { return false }
    func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
    return isWord(first)
      && text.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
  }

  /// A host's name or address, with a port perhaps.
  private static func isRegistry(_ text: String) -> Bool {
    var host = text.utf8[...]
    if let colon = host.lastIndex(of: UInt8(ascii: ":")), host.last != UInt8(ascii: "]") {
      let port = host[host.index(after: colon)...]
      guard !port.isEmpty, port.allSatisfy(isNumber) else { return false }
      host = host[..<colon]
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
      let address = host.dropFirst().dropLast()
      return !address.isEmpty && address.allSatisfy { isHexadecimal($0) || $0 == UInt8(ascii: ":") }
    }
    return host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { word in
      guard let first = word.first, let last = word.last else { return false }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && word.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// Words between slashes.
  private static func isRepository(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(isComponent)
  }

  /// Lower-case letters and digits, with a point, one or two underscores or some hyphens in between.
  private static func isComponent(_ text: Substring.UTF8View) -> Bool {
    var separator: [UInt8] = []
    var isAfterWord = false
    for byte in text {
      if isNumber(byte) || isLetter(byte) && byte >= UInt8(ascii: "a") {
        if !separator.isEmpty, !isSeparator(separator) { return false }
        separator = []
        isAfterWord = true
      } else {
        if !isAfterWord { return false }
        separator.append(byte)
      }
    }
    return isAfterWord && separator.isEmpty
  }

  private static func isSeparator(_ bytes: [UInt8]) -> Bool {
    bytes == Array(".".utf8) || bytes == Array("_".utf8) || bytes == Array("__".utf8)
      || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    Digest.isDigit(byte) || isLetter(byte) && Digest.isDigit(byte | 0x20)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isNumber(byte) || isLetter(byte) }
}
