/// The lines of a `schemata` file: for each resource what each of its domains is given.
///
///     L3:0=7ff;1=7ff
///     MB:0=100;1=100
struct ResctrlSchemata: Equatable {
  /// By resource, then by domain; masks without leading zeros.
  private(set) var values: [String: [String: String]] = [:]

  /// The kernel pads names and values with blanks, masks with zeros in older versions. What is no line of this
  /// form is passed over: the kernel refuses it where it is written.
  init(_ lines: [some StringProtocol]) {
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let resource = Self.trimmed(line[..<colon])
      for entry in line[line.index(after: colon)...].split(separator: ";") {
        guard let sign = entry.firstIndex(of: "=") else { continue }
        let value = Self.trimmed(entry[entry.index(after: sign)...]).drop { $0 == "0" }.lowercased()
        values[resource, default: [:]][Self.trimmed(entry[..<sign])] = value
      }
    }
  }

  /// The first resource of which these lines say something else than those in force, with what is there; nil
  /// where all agree. A domain that is not named may have any value, as in a write.
  func firstDifference(from other: ResctrlSchemata) -> (resource: String, domain: String)? {
    for (resource, domains) in values.sorted(by: { $0.key < $1.key }) {
      for (domain, value) in domains.sorted(by: { $0.key < $1.key })
      where other.values[resource]?[domain] != value {
        return (resource, domain)
      }
    }
    return nil
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
