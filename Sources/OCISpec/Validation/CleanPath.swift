/// A path in the container, cleaned by its text alone: absolute, without `.`, `..`, doubled or trailing
/// slashes. A relative path counts from the root, and `..` never leads above it.
///
/// Symbolic links are not looked at: whoever opens the path still has to stay in the root file system.
public func cleanPath(_ path: String) -> String {
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
