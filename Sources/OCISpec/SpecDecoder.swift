/// Reads the documents of runtime-spec from JSON text.
///
/// Errors are `SpecError`s: with line and column for malformed text, with the JSON path for members that are
/// missing, of the wrong type or out of range. Whether the values make sense together is a later question:
/// `Spec.validate()`.
public enum SpecDecoder {
  /// Reads a `config.json`.
  public static func decode(_ bytes: [UInt8], name: String = "config.json") throws(SpecError) -> Spec {
    try Spec(json: JSONDocument(bytes, name: name).root)
  }

  /// Reads a process, as `exec --process` gets it.
  public static func decodeProcess(
    _ bytes: [UInt8], name: String = "process.json"
  ) throws(SpecError) -> Process {
    try Process(json: JSONDocument(bytes, name: name, rootPath: "process").root)
  }

  /// Reads limits, as `update --resources` gets them.
  public static func decodeResources(
    _ bytes: [UInt8], name: String = "resources.json"
  ) throws(SpecError) -> LinuxResources {
    try LinuxResources(json: JSONDocument(bytes, name: name, rootPath: "resources").root)
  }

  /// Reads a state.
  public static func decodeState(_ bytes: [UInt8], name: String = "state.json") throws(SpecError) -> State {
    try State(json: JSONDocument(bytes, name: name).root)
  }
}
