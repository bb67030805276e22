/// A value that can be written as JSON.
public protocol JSONWritable {
  /// Writes the value, just once.
  func write(to writer: inout JSONWriter)
}

extension JSONWritable {
  /// The value as JSON text.
  public func json(_ layout: JSONWriter.Layout = .compact) -> [UInt8] {
    var writer = JSONWriter(layout)
    write(to: &writer)
    return writer.bytes
  }
}

/// Members of objects. As with Go's `omitempty`, what is nil or an empty collection is left out.
extension JSONWriter {
  /// Writes a string member, or nothing.
  public mutating func member(_ name: StaticString, _ value: String?) {
    guard let value else { return }
    self.name(name)
    string(value)
  }

  /// Writes a truth value, or nothing.
  public mutating func member(_ name: StaticString, _ value: Bool?) {
    guard let value else { return }
    self.name(name)
    bool(value)
  }

  /// Writes a whole number, or nothing.
  public mutating func member<T: FixedWidthInteger>(_ name: StaticString, _ value: T?) {
    guard let value else { return }
    self.name(name)
    integer(value)
  }

  /// Writes an enumeration's name, or nothing.
  public mutating func member<T: RawRepresentable<String>>(_ name: StaticString, _ value: T?) {
    member(name, value?.rawValue)
  }

  /// Writes a value of a type of its own, or nothing.
  public mutating func member<T: JSONWritable>(_ name: StaticString, _ value: T?) {
    guard let value else { return }
    self.name(name)
    value.write(to: &self)
  }

  /// Writes an array of values of a type of their own, or nothing.
  public mutating func member<T: JSONWritable>(_ name: StaticString, _ values: [T]) {
    guard !values.isEmpty else { return }
    self.name(name)
    array { writer in for value in values { value.write(to: &writer) } }
  }

  /// Writes an array of strings, or nothing.
  public mutating func member(_ name: StaticString, _ values: [String]) {
    guard !values.isEmpty else { return }
    self.name(name)
    array { writer in for value in values { writer.string(value) } }
  }

  /// Writes an array of strings even where it is empty, or nothing where it is nil.
  public mutating func member(_ name: StaticString, _ values: [String]?) {
    guard let values else { return }
    self.name(name)
    array { writer in for value in values { writer.string(value) } }
  }

  /// Writes an array of whole numbers, or nothing.
  public mutating func member<T: FixedWidthInteger>(_ name: StaticString, _ values: [T]) {
    guard !values.isEmpty else { return }
    self.name(name)
    array { writer in for value in values { writer.integer(value) } }
  }

  /// Writes an array of an enumeration's names, or nothing.
  public mutating func member<T: RawRepresentable<String>>(_ name: StaticString, _ values: [T]) {
    member(name, values.map(\.rawValue))
  }

  /// Writes an object of strings in the order of their names, or nothing.
  public mutating func member(_ name: StaticString, _ values: [String: String]) {
    guard !values.isEmpty else { return }
    self.name(name)
    object { writer in
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        writer.name(key)
        writer.string(value)
      }
    }
  }

  /// Writes an object of values of a type of their own in the order of their names, or nothing.
  public mutating func member<T: JSONWritable>(_ name: StaticString, _ values: [String: T]) {
    guard !values.isEmpty else { return }
    self.name(name)
    object { writer in
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        writer.name(key)
        value.write(to: &writer)
      }
    }
  }
}
