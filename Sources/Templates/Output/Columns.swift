/// Aligns the cells of lines as Go's text/tabwriter does, with the numbers that docker gives it: a column is
/// ten places wide at least, and three spaces follow its widest cell.
///
/// A cell ends with a tab. What follows a line's last tab belongs to no column. A column goes on as long as
/// each line has a cell for it; so lines that were broken by a newline within a value do not widen what comes
/// after.
public enum Columns {
  private static let minimumWidth = 10
  private static let padding = 3

  /// The text with its tabs replaced by spaces.
  public static func aligned(_ text: String) -> String {
    var result = ""
    // A form feed ends a line and all columns.
    let parts = text.utf8.split(separator: 0x0C, omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index > 0 { result += "\n" }
      result += block(Substring(part))
    }
    return result
  }

  private static func block(_ text: Substring) -> String {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      line.split(omittingEmptySubsequences: false) { $0 == UInt8(ascii: "\t") || $0 == 0x0B }
        .map { String(Substring($0)) }
    }
    let widths = lines.map { $0.map(DisplayWidth.width) }
    // The width of each line's columns: all but the last cell are in one.
    var columns = widths.map { Array(repeating: minimumWidth, count: max($0.count - 1, 0)) }
    for column in 0..<(columns.map(\.count).max() ?? 0) {
      var line = 0
      while line < lines.count {
        var end = line
        var widest = minimumWidth
        while end < lines.count, column < columns[end].count {
          widest = max(widest, widths[end][column] + padding)
          end += 1
        }
        for index in line..<end { columns[index][column] = widest }
        line = max(end, line + 1)
      }
    }
    return lines.indices.map { line in
      lines[line].enumerated().map { column, cell in
        guard column < columns[line].count else { return cell }
        return cell + String(repeating: " ", count: columns[line][column] - widths[line][column])
      }.joined()
    }.joined(separator: "\n")
  }
}
