import Runtime

extension MountFlag {
  /// `type=bind|volume|tmpfs,source=…,target=…`, as `--mount` takes it: a missing source is an error.
  public init(mount text: String) throws(Failure) {
    var fields = MountFields(text)
    for field in try fields.split() { try fields.read(field) }
    guard let target = fields.target else { throw fields.failure("target is missing") }
    self.init(.tmpfs, target: target)
    isReadOnly = fields.isReadOnly
    switch fields.type {
    case "bind":
      try fields.refuse("tmpfs", "volume")
      guard let source = fields.source else { throw fields.failure("source is missing") }
      guard source.hasPrefix("/") || source.hasPrefix(".") else {
        throw fields.failure("source of a bind mount must be a path")
      }
      kind = .bind(source: Files.absolute(source), makesSource: fields.makesSource)
      propagation = fields.propagation
      recursion = fields.recursion
      if recursion == .readonly && !isReadOnly {
        throw fields.failure("bind-recursive=readonly is for mounts that are readonly")
      }
    case "volume":
      try fields.refuse("tmpfs", "bind")
      if let name = fields.source, !Self.isVolumeName(name) {
        throw fields.failure(
          "source '\(name)' is no volume's name", hint: "[a-zA-Z0-9][a-zA-Z0-9_.-]+, or type=bind for a path")
      }
      kind = .volume(name: fields.source, copies: fields.copies)
    case "tmpfs":
      if fields.source != nil { throw fields.failure("a tmpfs has no source") }
      try fields.refuse("bind", "volume")
      kind = .tmpfs
      tmpfs = fields.tmpfs
      if !tmpfs.contains(where: { $0.hasPrefix("mode=") }) { tmpfs.append("mode=1777") }
    default:
      throw fields.failure("unknown type '\(fields.type)'", hint: "bind, volume or tmpfs")
    }
    try checkTarget("--mount", text)
  }
}

/// What the fields of one `--mount` say.
private struct MountFields {
  let text: String
  var type = "volume"
  var source: String?
  var target: String?
  var isReadOnly = false
  var makesSource = false
  var propagation: MountFlag.Propagation?
  var recursion = MountFlag.Recursion.enabled
  var copies = true
  var tmpfs: [String] = []
  /// The fields that are for one type only, by that type.
  private var particular: [String: String] = [:]

  init(_ text: String) { self.text = text }

  func failure(_ reason: String, hint: String? = nil) -> Failure {
    Failure("--mount", text, reason: reason, hint: hint)
  }

  func refuse(_ types: String...) throws(Failure) {
    for other in types {
      if let name = particular[other] { throw failure("\(name) is for type=\(other), not for type=\(type)") }
    }
  }

  /// The fields: those with a comma stand in quotes, in which two quotes are one.
  func split() throws(Failure) -> [String] {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"":
        field.append("\"")
        rest.removeFirst()
      case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(character)
      }
    }
    if isQuoted { throw failure("a quote without its other half") }
    return fields + [field]
  }

  mutating func read(_ field: String) throws(Failure) {
    let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (name, value) = (pair[0], pair.count == 2 ? pair[1] : nil)
    for type in ["bind", "volume", "tmpfs"] where name.hasPrefix(type + "-") { particular[type] = name }
    switch name {
    case "type": type = try text(name, value).lowercased()
    case "source", "src": source = try text(name, value)
    case "target", "destination", "dst": target = try text(name, value)
    case "readonly", "ro": isReadOnly = try bool(name, value)
    case "consistency": break
    case "bind-propagation": propagation = try choice(name, value)
    case "bind-recursive": recursion = try choice(name, value)
    case "bind-nonrecursive": recursion = try bool(name, value) ? .disabled : .enabled
    case "bind-create-src": makesSource = try bool(name, value)
    case "volume-nocopy": copies = try !bool(name, value)
    case "volume-driver":
      guard value == "local" else { throw failure("no volume-driver but local is supported") }
    case "volume-subpath", "volume-label", "volume-opt": throw failure("\(name) is not supported yet")
    case "tmpfs-size":
      tmpfs.append("size=\(try ByteSize.parse(value ?? "", flag: "--mount tmpfs-size"))")
    case "tmpfs-mode":
      guard let value, let mode = UInt32(value, radix: 8), mode <= 0o7777 else {
        throw failure("tmpfs-mode is an octal number, as in 1777")
      }
      tmpfs.append("mode=" + value)
    default: throw failure("unknown field '\(name)'")
    }
  }

  private func text(_ name: String, _ value: String?) throws(Failure) -> String {
    guard let value, !value.isEmpty else { throw failure("\(name) needs a value") }
    return value
  }

  private func bool(_ name: String, _ value: String?) throws(Failure) -> Bool {
    switch value {
    case nil, "true", "1": true
    case "false", "0": false
    default: throw failure("\(name) is true or false")
    }
  }

  private func choice<T: RawRepresentable<String> & CaseIterable>(
    _ name: String, _ value: String?
  ) throws(Failure) -> T {
    guard let choice = T(rawValue: value ?? "") else {
      throw failure(
        "unknown \(name) '\(value ?? "")'", hint: T.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }
}
