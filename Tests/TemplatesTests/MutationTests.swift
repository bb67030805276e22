import Testing

@testable import Templates

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

private let originals = [
  #"table {{.ID}}\t{{.Names}}\t{{.Label "a"}}"#,
  "{{range $i, $e := .Mounts}}{{if $i}}, {{end}}{{$e.Source}}:{{$e.Destination}}{{else}}none{{end}}",
  "{{with .State.Health}}{{.Status}} {{range .Log}}{{printf \"%d %q|\" .ExitCode .Output}}{{end}}{{end}}",
  #"{{range $p, $conf := .Ports}}{{$p}} -> {{(index $conf 0).HostPort}}{{break}}{{end}}"#,
  "{{define \"row\"}}{{$x := json .}}{{$x | upper}}{{end}}{{template \"row\" .State}}{{block \"b\" .}}{{.ID}}{{end}}",
  #"{{- /* c */ -}} {{if and (eq .State.ExitCode 0 1) (not .Empty) (lt .CPU 20.5)}}{{pad .Name 1 2}}{{end}}"#,
  #"{{join (split .Name "/") "-"}}{{title (slice .ID 2 5)}}{{truncate .Unicode 7}}{{len .Labels}}{{'x'}}{{0x1F}}"#,
  #"{{printf "%5s|%-10v|%05d|%+.2f|%x|%T|%[1]q|%*d|%#v" .Name .Labels 42 1.5 "é" .Args 3 4 .State}}"#,
  "{{html .Text}}{{js .Text}}{{urlquery .Text}}{{println 1 nil `raw`}}{{$.Any.map.key}}{{nil}}",
]

private let tokens = [
  "{{", "}}", "{{-", " -}}", " ", "|", "(", ")", ":=", "=", "$x", "$", ".", ".Name", ".Labels", "range ",
  "if ",
  "else", "{{end}}", "{{else}}", "{{break}}", "\"a\"", "`", "'", "1", "-1", "1e400", "99999999999999999999",
  "nil",
  "true", "index ", "printf ", "json ", "%", "%[", "%*", ".*", "\n", "é", "\0", ",", "/*", "*/",
  "template \"b\" .",
  "split ", "slice ", "range 99999999}}", "\\",
].map { Array($0.utf8) }

/// Whatever the text is, it prints or it is refused in one line with its place: nothing ever traps.
@Test("Mutated templates never trap", arguments: 1...8)
func mutatedTemplates(_ seed: Int) {
  var random = SplitMix(state: UInt64(seed))
  var printed = 0
  for _ in 0..<600 {
    var bytes = Array(originals.randomElement(using: &random)!.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0..<max(bytes.count, 1), using: &random)
      let length = min(Int.random(in: 1...20, using: &random), bytes.count - place)
      let token = tokens.randomElement(using: &random)!
      let other = Array(originals.randomElement(using: &random)!.utf8)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.insert(contentsOf: token, at: place)
      case 1: bytes.removeSubrange(place..<place + length)
      case 2: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
      case 3: bytes.replaceSubrange(place..<place + length, with: token)
      case 4: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      default: bytes.replaceSubrange(place..., with: other[min(place, other.count)...])
      }
      if bytes.isEmpty { break }
    }
    if prints(String(decoding: bytes, as: UTF8.self)) { printed += 1 }
  }
  // Some mutations must survive, or the test would only ever see the lexer.
  #expect(printed > 20)
}

private func prints(_ text: String) -> Bool {
  do throws(TemplateError) {
    let limits = Limits(steps: 5000, bytes: 1 << 16)
    let output = try Template(text).render(container(), missingKey: .noValue, limits: limits)
    _ = Columns.aligned(output)
    _ = try? ListFormat(text).text([container()], headers: ["ID": "CONTAINER ID"])
    return true
  } catch {
    #expect(error.description.hasPrefix("template: :"))
    #expect(!error.reason.isEmpty && error.line > 0)
    return false
  }
}
