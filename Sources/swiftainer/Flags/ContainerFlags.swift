import ArgumentParser
import Engine
import Runtime

/// The flags of `run` and `create`: everything that is said of a container before it is there.
struct ContainerFlags: ParsableArguments {
  @OptionGroup(title: "The container") var container: LifeFlags
  @OptionGroup(title: "The command") var process: ProcessFlags
  @OptionGroup(title: "Files") var files: FileFlags
  @OptionGroup(title: "Limits") var limits: LimitFlags
  @OptionGroup(title: "Limits of devices and processes") var finerLimits: FinerLimitFlags
  @OptionGroup(title: "Rights") var rights: RightFlags
  @OptionGroup(title: "Network") var network: NetworkFlags
  @OptionGroup(title: "Namespaces") var namespaces: NamespaceFlags
  @OptionGroup(title: "Health") var health: HealthFlags

  // Says nothing: `--rm=false` and the like become it.
  @Flag(name: .customLong(ParserWord.unsaid), help: .private) var unsaid = false

  /// What the flags say about a container of that image.
  func options(_ words: ImageWords) throws -> RunOptions {
    var options = RunOptions(image: words.image)
    options.command = words.command
    try container.apply(to: &options)
    try process.apply(to: &options)
    try files.apply(to: &options)
    try limits.apply(to: &options)
    try finerLimits.apply(to: &options)
    try rights.apply(to: &options)
    try network.apply(to: &options)
    try namespaces.apply(to: &options)
    try health.apply(to: &options)
    return options
  }
}

/// The value of a flag that must not be empty.
func filled(_ value: String?, _ flag: String) throws -> String? {
  if value?.isEmpty == true { throw ValidationError("\(flag) needs a value") }
  return value
}

/// The value of a flag that is a whole number in a range.
func number<T: FixedWidthInteger>(
  _ text: String?, _ flag: String, _ range: ClosedRange<T>, hint: String? = nil
) throws(Failure) -> T? {
  guard let text else { return nil }
  guard let number = T(text), range.contains(number) else {
    throw Failure(
      flag, text, reason: "not a whole number from \(range.lowerBound) to \(range.upperBound)", hint: hint)
  }
  return number
}
