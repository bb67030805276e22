import OCISpec

extension UnitProperty {
  /// What an annotation's name begins with where it is a property of the container's unit.
  public static let annotationPrefix = "org.systemd.property."

  /// What the runtime has to decide: with another value the cgroup would not be the container's.
  private static let reserved = [
    "Delegate", "DelegateControllers", "DelegateSubgroup", "PIDs", "PIDFDs", "Slice",
  ]

  /// The properties that annotations ask for, as in `org.systemd.property.CollectMode: 'inactive-or-failed'`.
  ///
  /// - Throws: `SpecError` with the annotation's path.
  static func annotated(_ annotations: [String: String]) throws(SpecError) -> [UnitProperty] {
    var properties: [UnitProperty] = []
    for (key, text) in annotations.sorted(by: { $0.key < $1.key }) where key.hasPrefix(annotationPrefix) {
      let path = "annotations[\"\(key)\"]"
      let name = String(key.dropFirst(annotationPrefix.count))
      guard name.utf8.count > 2, name.unicodeScalars.allSatisfy({ $0.isASCII && $0.properties.isAlphabetic })
      else {
        throw SpecError(path, "`\(name)` is not the name of a property of systemd")
      }
      if reserved.contains(name) { throw SpecError(path, "the runtime decides this property") }
      let value: BusValue
      do {
        value = try PropertyText.parse(text)
      } catch {
        throw SpecError(path, error.reason)
      }
      properties.append(try inMicroseconds(name, value, path))
    }
    return properties
  }

  /// On D-Bus times are in microseconds and their names end in USec; as in unit files, people may write seconds.
  private static func inMicroseconds(_ name: String, _ value: BusValue, _ path: String) throws(SpecError)
    -> UnitProperty
  {
    let stem = name.dropLast(3)
    guard name.hasSuffix("Sec"), let last = stem.utf8.last,
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(last)
    else { return UnitProperty(name, value) }
    if case .basic(let type, let text) = value, "ynqiuxtd".contains(type), let seconds = Double(text),
      seconds >= 0,
      let microseconds = UInt64(exactly: (seconds * 1_000_000).rounded())
    {
      return UnitProperty(stem + "USec", .uint64(microseconds))
    }
    throw SpecError(path, "must be a number of seconds")
  }
}
