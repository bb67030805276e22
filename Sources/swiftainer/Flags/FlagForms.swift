import ArgumentParser
import OCISpec

/// The forms in which people write a verb's flags, and the parser does not take them: values that are joined to a letter,
/// as in `-n10` and `-tfn10`, and `true` or `false` for a flag without a value, as in `--rm=false`.
struct FlagForms {
  /// The flags without a value, with their dashes.
  private var switches: Set<String>
  /// The letters of those with one.
  private var valued: Set<Character>
  /// What says the contrary of a flag, where another flag does.
  private var contraries: [String: String]
  /// What is said of a flag that is not wanted, where none does.
  private var unsaid: [String]
  /// What else is another flag to the parser.
  private(set) var others: [String: String] = [:]

  /// Those of `run`, `create` and `exec`, which are looked at whatever is typed: unknown flags are the payload's there.
  static let payload = FlagForms(
    switches: [
      "--rm", "--init", "--interactive", "-i", "--tty", "-t", "--detach", "-d", "--sig-proxy", "--read-only",
      "--rw-rootfs", "--oom-kill-disable", "--privileged", "--publish-all", "-P", "--no-healthcheck",
      "--dry-run", "--quiet", "-q", "--help", "--version", "--explain", "--no-sig-proxy",
    ],
    valued: ["e", "v", "w", "u", "h", "m", "a", "l", "c", "p"], contraries: ["--sig-proxy": "--no-sig-proxy"],
    unsaid: ["--" + ParserWord.unsaid],
    others: [
      "--explain=json": "--" + ParserWord.explainAsJSON, "--explain=text": "--explain",
      // The parser would take the next word for the value.
      "--entrypoint=": "--" + ParserWord.noEntrypoint,
    ])

  /// Those of another verb, as the parser knows them. That takes as long as parsing.
  init(of verb: any ParsableCommand.Type) {
    self.init(switches: [], valued: [], contraries: [:], unsaid: [])
    let told = try? JSONDocument(Array(verb._dumpHelp().utf8), name: "flags").root
    let names = try? told?.object().required("command").object().required("arguments").array(FlagNames.init)
    for flag in names ?? [] {
      if flag.hasValue {
        valued.formUnion(flag.all.filter { $0.count == 2 }.compactMap(\.last))
      } else {
        switches.formUnion(flag.all)
      }
    }
    for flag in names ?? [] {
      for long in flag.all where switches.contains("--no-" + long.dropFirst(2)) {
        for name in flag.all { contraries[name] = "--no-" + long.dropFirst(2) }
      }
    }
  }

  private init(
    switches: Set<String>, valued: Set<Character>, contraries: [String: String], unsaid: [String],
    others: [String: String] = [:]
  ) {
    self.switches = switches
    self.valued = valued
    self.contraries = contraries
    self.unsaid = unsaid
    self.others = others
  }

  /// Whether the next word is the flag's value.
  func wantsValue(_ flag: String) -> Bool {
    if flag.contains("=") { return false }
    if flag.hasPrefix("--") { return !switches.contains(flag) }
    let rest = flag.dropFirst().drop { switches.contains("-\($0)") }
    return rest.count == 1 && valued.contains(rest.first!)
  }

  /// A flag with `true` or `false`, which the parser takes for one with a value; nil for anything else. Source:
  /// strconv.ParseBool.
  func switched(_ typed: String) -> [String]? {
    guard let equals = typed.firstIndex(of: "=") else { return nil }
    let flag = String(typed[..<equals])
    guard switches.contains(flag) else { return nil }
    switch typed[typed.index(after: equals)...] {
    case "true", "1", "t", "T", "TRUE", "True": return [flag]
    case "false", "0", "f", "F", "FALSE", "False": return contraries[flag].map { [$0] } ?? unsaid
    default: return nil
    }
  }

  /// `-eA=1`, which would be taken for a flag `eA`, and `-itm64m`.
  func short(_ typed: String) -> [String] {
    let letters = typed.dropFirst()
    let plain = letters.prefix { switches.contains("-\($0)") }
    let rest = letters.dropFirst(plain.count)
    guard let flag = rest.first, valued.contains(flag), letters.count > 1 else { return [typed] }
    let value = rest.dropFirst(rest.dropFirst().first == "=" ? 2 : 1)
    let flags = plain.isEmpty ? [] : ["-" + plain]
    return flags + [rest.count == 1 ? "-\(flag)" : "-\(flag)=\(value)"]
  }
}

/// One flag, as the parser describes it.
private struct FlagNames {
  /// With their dashes.
  var all: [String] = []
  var hasValue = false

  init(json node: JSONNode) throws(SpecError) {
    let object = try node.object()
    let kind = try object.required("kind").string()
    if kind == "positional" { return }
    hasValue = kind == "option"
    all = try object.required("names").array { (node) throws(SpecError) in
      let name = try node.object()
      return (try name.string("kind") == "short" ? "-" : "--") + (try name.required("name").string())
    }
  }
}
