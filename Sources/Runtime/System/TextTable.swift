/// Rows in columns of equal width, as `list` prints them.
public struct TextTable: Sendable {
  private var rows: [[String]]

  /// - Parameter titles: the first row.
  public init(_ titles: [String]) { rows = [titles] }

  public mutating func add(_ row: [String]) { rows.append(row) }

  /// A line for each row. Columns are at least 12 wide and 3 apart, as runc's, and the last one is not padded.
  public var text: String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      max(12, 3 + (rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0))
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined()
    }.joined(separator: "\n")
  }
}
