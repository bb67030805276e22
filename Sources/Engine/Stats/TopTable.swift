/// What `ps` prints, in docker's columns.
enum TopTable {
  /// Each column is 20 places wide at least, and three spaces follow its widest cell; the last has what is left of a
  /// line.
  static func text(_ lines: [Substring]) -> String {
    guard let count = lines.first?.split(separator: " ").count else { return "" }
    let rows = lines.map { $0.split(separator: " ", maxSplits: count - 1) }
    let widths = (0..<count).map { column in
      max(20, 3 + (rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0))
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1
          ? String(cell) : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined() + "\n"
    }.joined()
  }
}
