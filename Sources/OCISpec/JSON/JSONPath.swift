extension JSONDocument {
  /// The JSON path of a node, as in `mounts[3].destination`; a name's path is that of its value.
  func path(of target: Int) -> String {
    var path = rootPath
    var current = 0
    while current < target, current < nodes.count {
      guard let step = step(from: current, to: target, path: &path), step > current else { break }
      current = step
    }
    return path
  }

  /// Appends the step from a container towards a node below it; returns the child, or nil at the end.
  private func step(from container: Int, to target: Int, path: inout String) -> Int? {
    let end = Int(nodes[container].next)
    var child = container + 1
    var position = 0
    switch nodes[container].kind {
    case .object:
      while child + 1 < end {
        let next = Int(nodes[child + 1].next)
        if target < next {
          path = jsonPath(path, text(of: child))
          return target == child ? nil : child + 1
        }
        child = next
      }
    case .array:
      while child < end {
        let next = Int(nodes[child].next)
        if target < next {
          path += "[\(position)]"
          return child
        }
        child = next
        position += 1
      }
    default: break
    }
    return nil
  }
}

/// The path of an object's member: `parent.name`, or `parent["name"]` for names that are no plain words.
func jsonPath(_ parent: String, _ name: String) -> String {
  let isWord =
    !name.isEmpty
    && name.utf8.allSatisfy { byte in
      byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
        || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
  if !isWord { return parent + "[\"" + printable(name) + "\"]" }
  return parent.isEmpty ? name : parent + "." + name
}

/// A text from a document in single quotes, fit for one line of an error: printable and not too long.
package func quoted(_ text: String) -> String { "'" + printable(text) + "'" }

private func printable(_ text: String) -> String {
  var result = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == 80 { return result + "..." }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
