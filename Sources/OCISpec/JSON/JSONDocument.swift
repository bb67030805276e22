/// A JSON text that was read and checked, kept as a flat list of nodes over its bytes.
///
/// The reader is strict: RFC 8259 to the letter, well-formed UTF-8, no unpaired surrogates, no name twice
/// in one object. Values are decoded when they are asked for, so that members nobody reads cost no more
/// than their scan. Errors know the JSON path of their node by a walk from the root, which costs nothing
/// until there is an error.
public final class JSONDocument: Sendable {
  /// How deep objects and arrays may be nested.
  public static let maximumDepth = 128
  /// The longest text that is read, in bytes.
  public static let maximumSize = 16 << 20

  /// The kinds of JSON values.
  public enum Kind: UInt8, Sendable {
    case null, `false`, `true`, number, string, array, object
  }

  /// A value's place in the text. An object's or array's children follow it, each name before its value.
  struct Node {
    /// The first byte; of a string, the one after the quote.
    var start: UInt32
    /// The byte after the last; of a string, the closing quote.
    var end: UInt32
    /// The index of the node after this one and all below it.
    var next: UInt32
    var kind: Kind
    /// Of a string: it has escapes. Of a number: it has a fraction or an exponent.
    var flag: Bool
  }

  let bytes: [UInt8]
  let nodes: [Node]
  /// The path of the root value, where the text is a part of a larger document.
  let rootPath: String

  /// Reads a JSON text.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - name: What errors in the text are ascribed to, as in `config.json`.
  ///   - rootPath: The path of the text's value, where it is a part of a larger document.
  /// - Throws: `SpecError` with line and column for malformed text, with the path for a repeated name.
  public init(_ bytes: [UInt8], name: String, rootPath: String = "") throws(SpecError) {
    guard bytes.count <= Self.maximumSize else {
      throw SpecError(name, "is larger than \(Self.maximumSize >> 20) MiB")
    }
    let outcome = bytes.withUnsafeBufferPointer { text in
      var parser = JSONParser(text)
      return Result { () throws(JSONSyntaxError) in try parser.parse() }
        .map { (nodes: parser.nodes, repeated: parser.repeatedName) }
    }
    self.bytes = bytes
    self.rootPath = rootPath
    switch outcome {
    case .success(let parsed):
      nodes = parsed.nodes
      if let repeated = parsed.repeated { throw SpecError(path(of: repeated), "appears twice") }
    case .failure(let error):
      nodes = []
      throw error.described(in: bytes, name: name)
    }
  }

  /// The outermost value.
  public var root: JSONNode { JSONNode(document: self, index: 0) }
}
