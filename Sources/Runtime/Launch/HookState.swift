import OCISpec

/// The state that a hook reads on its standard input. Source: "Hooks" and "State" in runtime-spec.
enum HookState {
  /// Stands for the process ID in a state that the init completes: it alone knows its number in its namespace.
  static let processPlaceholder: UInt8 = 1

  static func status(during kind: HookKind) -> String {
    switch kind {
    case .prestart, .createRuntime, .createContainer: "creating"
    case .startContainer: "created"
    case .poststart: "running"
    case .poststop: "stopped"
    }
  }

  /// For hooks that the runtime runs.
  static func forRuntime(
    id: String, pid: Int?, bundle: String, kind: HookKind, annotations: [String: String]
  ) -> [UInt8] {
    var writer = JSONWriter(.compact)
    writer.object { writer in
      writer.name("ociVersion")
      writer.string(OCI.specVersion)
      writer.name("id")
      writer.string(id)
      writer.name("status")
      writer.string(status(during: kind))
      if let pid {
        writer.name("pid")
        writer.integer(pid)
      }
      writer.name("bundle")
      writer.string(bundle)
      if !annotations.isEmpty {
        writer.name("annotations")
        writer.object { writer in
          for (name, value) in annotations.sorted(by: { $0.key < $1.key }) {
            writer.name(name)
            writer.string(value)
          }
        }
      }
    }
    return writer.bytes
  }

  /// For hooks that the init runs: as above, with the placeholder for the process ID.
  static func forInit(id: String, bundle: String, kind: HookKind, annotations: [String: String]) -> [UInt8] {
    let marker = Array("\"pid\":0,".utf8)
    let whole = forRuntime(id: id, pid: 0, bundle: bundle, kind: kind, annotations: annotations)
    guard let start = whole.firstRange(of: marker) else { return whole }
    return whole[..<start.lowerBound] + Array("\"pid\":".utf8) + [processPlaceholder] + Array(",".utf8)
      + whole[start.upperBound...]
  }
}
