/// A path in the container, cleaned by its text alone: absolute, without `.`, `..`, doubled or trailing
/// slashes. A relative path counts from the root, and `..` never leads above it.
///
/// Symbolic links are not looked at: whoever opens the path still has to stay in the root file system.
public func cleanPath(_ path: String) -> String {
  // Nearly every path is clean already, and every launch asks for dozens.
  if isClean(path) { return path }
  var parts: [Substring.UTF8View] = []
  for part in Substring(path).utf8.split(separator: UInt8(ascii: "/")) {
    if part.elementsEqual(".".utf8) { continue }
    if part.elementsEqual("..".utf8) {
      _ = parts.popLast()
    } else {
      parts.append(part)
    }
  }
  if parts.isEmpty { return "/" }
  var bytes: [UInt8] = []
  for part in parts {
    bytes.append(UInt8(ascii: "/"))
    bytes.append(contentsOf: part)
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Whether a path is in its shortest absolute form.
private func isClean(_ path: String) -> Bool {
  let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
  let bytes = path.utf8
  guard bytes.first == slash else { return false }
  if bytes.count == 1 { return true }
  // What the component so far consists of: nothing, one dot, two dots, or anything else.
  var length = 0
  var dots = 0
  for byte in bytes.dropFirst() {
    if byte == slash {
      if length == 0 || length == dots && dots <= 2 { return false }
      (length, dots) = (0, 0)
    } else {
      length += 1
      if byte == dot { dots += 1 }
    }
  }
  return length > 0 && !(length == dots && dots <= 2)
}
