/// `len index slice`
extension TemplateFunction {
  static let collections: [String: TemplateFunction] = [
    "len": TemplateFunction([.value]) { values, _ in .int(try count(values[0])) },
    "index": TemplateFunction([.value], rest: .value) { values, _ in
      guard var value = values[0], !value.isNull else { throw FunctionFailure("index of untyped nil") }
      for index in values.dropFirst() { value = try element(of: value, at: index) }
      return value
    },
    "slice": TemplateFunction([.value], rest: .value, makesText: true) { values, _ in try slice(values) },
  ]

  private static func count(_ value: TemplateValue?) throws -> Int {
    switch value {
    case .string(let text): return text.utf8.count
    case .list(let values): return values.count
    case .map(let map): return map.entries.count
    case .nothing(.list), .nothing(.map): return 0
    case nil, .null, .nothing: throw FunctionFailure("len of nil pointer")
    case let value?: throw FunctionFailure("len of type \(value.pointee)")
    }
  }

  private static func element(of value: TemplateValue, at index: TemplateValue?) throws -> TemplateValue {
    switch value {
    case .null, .nothing(.record): throw FunctionFailure("index of nil pointer")
    case .string(let text):
      let place = try position(index, upTo: text.utf8.count)
      guard place < text.utf8.count else { throw FunctionFailure("reflect: string index out of range") }
      return .int(Int(text.utf8[text.utf8.index(text.startIndex, offsetBy: place)]))
    case .list(let values):
      let place = try position(index, upTo: values.count)
      guard place < values.count else { throw FunctionFailure("reflect: slice index out of range") }
      return values[place]
    case .nothing(.list):
      _ = try position(index, upTo: 0)
      throw FunctionFailure("reflect: slice index out of range")
    case .map(let map): return map[try key(index)] ?? map.missing
    case .nothing(.map):
      _ = try key(index)
      return .string("")
    default: throw FunctionFailure("can't index item of type \(value.pointee)")
    }
  }

  private static func key(_ value: TemplateValue?) throws -> String {
    switch value {
    case .string(let text): return text
    case nil, .null: throw FunctionFailure("value is nil; should be of type string")
    case let value?: throw FunctionFailure("value has type \(value.typeName); should be string")
    }
  }

  /// An index that may also be the count itself, since `slice` takes that too.
  private static func position(_ value: TemplateValue?, upTo count: Int) throws -> Int {
    switch value {
    case .int(let place):
      guard place >= 0, place <= count else { throw FunctionFailure("index out of range: \(place)") }
      return place
    case nil, .null: throw FunctionFailure("cannot index slice/array with nil")
    case let value?: throw FunctionFailure("cannot index slice/array with type \(value.typeName)")
    }
  }

  private static func slice(_ values: [TemplateValue?]) throws -> TemplateValue {
    guard let value = values[0], !value.isNull else { throw FunctionFailure("slice of untyped nil") }
    let indexes = values.dropFirst()
    guard indexes.count <= 3 else { throw FunctionFailure("too many slice indexes: \(indexes.count)") }
    let count: Int
    switch value {
    case .string(let text):
      guard indexes.count < 3 else { throw FunctionFailure("cannot 3-index slice a string") }
      count = text.utf8.count
    case .list(let values): count = values.count
    case .nothing(.list): count = 0
    default: throw FunctionFailure("can't slice item of type \(value.typeName)")
    }
    var bounds = [0, count]
    for (place, index) in indexes.enumerated() {
      let bound = try position(index, upTo: count)
      if place < bounds.count { bounds[place] = bound } else { bounds.append(bound) }
    }
    for (low, high) in zip(bounds, bounds.dropFirst()) where low > high {
      throw FunctionFailure("invalid slice index: \(low) > \(high)")
    }
    switch value {
    case .string(let text):
      return .string(String(decoding: Array(text.utf8)[bounds[0]..<bounds[1]], as: UTF8.self))
    case .list(let values): return .list(Array(values[bounds[0]..<bounds[1]]))
    default: return value
    }
  }
}

extension TemplateValue {
  /// The name of the type that a pointer points to.
  fileprivate var pointee: String { String(typeName.drop { $0 == "*" }) }
}
