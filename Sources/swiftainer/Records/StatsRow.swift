import Engine
import Templates

/// A line of `stats`, with the fields of docker's.
struct StatsRow {
  /// The container as the person named it.
  let word: String
  let container: StoredContainer
  /// nil where nothing can be read.
  let figures: StatsFigures?
  let isShort: Bool

  static let usual =
    "{{.ID}}\\t{{.Name}}\\t{{.CPUPerc}}\\t{{.MemUsage}}\\t{{.MemPerc}}\\t{{.NetIO}}\\t{{.BlockIO}}\\t{{.PIDs}}"

  static let headers: KeyValuePairs = [
    "Container": "CONTAINER", "ID": "CONTAINER ID", "Name": "NAME", "CPUPerc": "CPU %",
    "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %", "NetIO": "NET I/O", "BlockIO": "BLOCK I/O",
    "PIDs": "PIDS",
  ]

  var value: TemplateValue {
    .record(
      TemplateRecord(
        "*container.statsContext", style: .row,
        [
          TemplateField("Container", .string(word)),
          TemplateField("ID", .string(isShort ? container.shortID : container.id)),
          TemplateField("Name", .string(container.name)),
          TemplateField("CPUPerc", text { Percent.text($0.processorPercent) }),
          TemplateField("MemUsage", pair({ ($0.memory, $0.memoryLimit) }, as: { HumanSize.binary($0) })),
          TemplateField("MemPerc", text { Percent.text($0.memoryPercent) }),
          TemplateField("NetIO", pair({ ($0.received, $0.sent) }, as: { HumanSize.decimal($0, digits: 3) })),
          TemplateField("BlockIO", pair({ ($0.read, $0.written) }, as: { HumanSize.decimal($0, digits: 3) })),
          TemplateField("PIDs", text { "\($0.pids)" }),
        ]))
  }

  private func text(_ body: (StatsFigures) -> String) -> TemplateValue { .string(figures.map(body) ?? "--") }

  private func pair(
    _ figures: (StatsFigures) -> (UInt64, UInt64), as text: (Int64) -> String
  ) -> TemplateValue {
    guard let (one, other) = self.figures.map(figures) else { return .string("-- / --") }
    return .string(text(Int64(clamping: one)) + " / " + text(Int64(clamping: other)))
  }
}
