/// A map with strings as its keys, sorted by their bytes as Go prints and ranges over them.
public struct TemplateMap {
  /// Keys and values, sorted by key.
  public let entries: [(key: String, value: TemplateValue)]
  /// What `index` finds under a key that is not there: the zero of Go's element type.
  public let missing: TemplateValue

  /// Of entries with the same key, the last one counts.
  public init(_ entries: [(key: String, value: TemplateValue)], missing: TemplateValue = .null) {
    var sorted = entries.enumerated().sorted { one, two in
      one.element.key == two.element.key
        ? one.offset < two.offset : TemplateMap.isLess(one.element.key, two.element.key)
    }.map(\.element)
    for index in sorted.indices.dropLast().reversed() where sorted[index].key == sorted[index + 1].key {
      sorted.remove(at: index)
    }
    self.entries = sorted
    self.missing = missing
  }

  /// The value of a key. Nil if there is none.
  public subscript(key: String) -> TemplateValue? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if TemplateMap.isLess(entries[middle].key, key) { low = middle + 1 } else { high = middle }
    }
    return low < entries.count && entries[low].key == key ? entries[low].value : nil
  }

  static func isLess(_ one: String, _ two: String) -> Bool { one.utf8.lexicographicallyPrecedes(two.utf8) }
}

extension TemplateMap: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, TemplateValue)...) {
    self.init(elements.map { (key: $0.0, value: $0.1) })
  }
}
