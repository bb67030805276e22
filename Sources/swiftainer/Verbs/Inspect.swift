import ArgumentParser
import Engine
import Runtime
import Templates

/// What a person can look into.
enum InspectedKind: String, CaseIterable, ExpressibleByArgument {
  case container, image, network, volume

  /// What is known of a thing; nil where there is none of that name.
  ///
  /// - Parameter isAny: a thing of another kind will do as well.
  func find(_ word: String, isAny: Bool, measures: Bool) throws -> TemplateValue? {
    switch self {
    case .container:
      let containers = Containers()
      if containers.isMissing(word) { return nil }
      let listed = try containers.listed(word)
      return listed.container.map {
        ContainerDetails(listed: listed, container: $0, measures: measures).value
      }
    case .volume:
      let volumes = Volumes()
      return isAny && volumes.isMissing(word) ? nil : try volumes.find(word).details
    case .network:
      let networks = EngineNetworks()
      if isAny && networks.stored.isMissing(word) { return nil }
      let network = try networks.find(word)
      return network.details(users: try networks.users(of: network))
    case .image:
      let store = EngineImages().store
      return isAny ? try? store.lookUp(word)?.details : try store.find(word).details
    }
  }
}

/// `inspect`, also below a noun.
struct InspectFlags: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("A template for each, or json: on one line.", valueName: "template"))
  var format: String?
  @Argument(
    help: ArgumentHelp("Names, IDs, or beginnings of IDs.", valueName: "name"),
    completion: .custom { words, _, _ in Completions.inspected(words) })
  var words: [String] = []

  /// - Parameters:
  ///   - kind: nil for whatever has that name.
  ///   - measures: what the files of containers take is told as well.
  func run(_ kind: InspectedKind?, measures: Bool = false) throws {
    if words.isEmpty { throw ValidationError("a name is missing") }
    let template = try template
    var found: [TemplateValue] = []
    var missing: [(text: String, isOurs: Bool)] = []
    for word in words {
      do {
        if let value = try find(word, kind, measures) {
          found.append(value)
        } else {
          missing.append(("error: no such \(kind?.rawValue ?? "object"): \(word)", false))
        }
      } catch {
        missing.append(("\(error)", true))
      }
    }
    if let template {
      let lines = try found.map { value throws(TemplateError) in try template.renderInspected(value) + "\n" }
      Output.write(found.isEmpty ? "\n" : lines.joined())
    } else {
      Output.write(try TemplateValue.list(found).json(indentation: format == "json" ? nil : 4) + "\n")
    }
    // After what was found, as docker does it, so that this stands where it is seen.
    for (text, isOurs) in missing { ErrorReport.say(text, prefix: isOurs) }
    if !missing.isEmpty { throw ExitCode(1) }
  }

  private var template: Template? {
    get throws(TemplateError) {
      guard let format, !format.isEmpty, format != "json" else { return nil }
      return try Template(format)
    }
  }

  private func find(_ word: String, _ kind: InspectedKind?, _ measures: Bool) throws -> TemplateValue? {
    if let kind { return try kind.find(word, isAny: false, measures: measures) }
    for kind in InspectedKind.allCases {
      if let value = try kind.find(word, isAny: true, measures: measures) { return value }
    }
    return nil
  }
}

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show all that is known of containers, images, networks and volumes, as JSON.")

  @Option(help: ArgumentHelp("Of things with that name, those of one kind.", valueName: "kind")) var type:
    InspectedKind?
  @Flag(name: .shortAndLong, help: "What the files of containers take.") var size = false
  @OptionGroup var flags: InspectFlags

  func run() throws { try flags.run(type, measures: size) }
}

struct ContainerInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show all that is known of containers, as JSON.")

  @Flag(name: .shortAndLong, help: "What the files of containers take.") var size = false
  @OptionGroup var flags: InspectFlags

  func run() throws { try flags.run(.container, measures: size) }
}
