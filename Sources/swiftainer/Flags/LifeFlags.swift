import ArgumentParser
import Engine
import Runtime

/// What a container is called, and how it lives and ends.
struct LifeFlags: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("The container's name.", valueName: "name"))
  var name: String?
  @Flag(help: "Remove the container when it ends.") var rm = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Start it again: no, on-failure[:N], always or unless-stopped.", valueName: "policy"))
  var restart: String?
  @Flag(name: .customLong("init"), help: "Run a small first process that passes on signals and reaps.")
  var initProcess = false
  @Option(parsing: .unconditional, help: ArgumentHelp("What asks it to end.", valueName: "signal"))
  var stopSignal: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long it may take to; -1: as long as it wants.", valueName: "seconds"))
  var stopTimeout: String?
  @Option(
    name: [.customShort("l", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Say something of it: NAME[=VALUE].", valueName: "label"))
  var label: [String] = []
  @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("The same from a file.", valueName: "file"))
  var labelFile: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Say something to the runtime: NAME=VALUE.", valueName: "annotation"))
  var annotation: [String] = []
  @Option(parsing: .unconditional, help: ArgumentHelp("Write its ID to a new file.", valueName: "file"))
  var cidfile: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("When to fetch the image: missing, always or never.", valueName: "when"))
  var pull: String?
  @Flag(name: .shortAndLong, help: "No progress while the image is fetched.") var quiet = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The machine it is for, as in linux/amd64.", valueName: "platform"))
  var platform: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Who keeps its output: json-file, none, …", valueName: "driver"))
  var logDriver: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("How: NAME=VALUE, as in max-size=10m.", valueName: "option"))
  var logOpt: [String] = []

  func apply(to options: inout RunOptions) throws {
    options.name = name
    options.removesItself = rm
    options.restart = try restart.map(RestartPolicy.init(flag:)) ?? .no
    options.initProcess = initProcess
    if let stopSignal {
      guard let number = SignalName.number(stopSignal), number > 0 else {
        throw Failure("--stop-signal", stopSignal, reason: "no such signal", hint: "as in TERM or 15")
      }
      options.stopSignal = stopSignal
    }
    options.stopTimeout = try number(stopTimeout, "--stop-timeout", -1...Int(Int32.max))
    for file in labelFile {
      for (name, value) in try KeyValue.labels(file: file) { options.labels[name] = value }
    }
    for text in label {
      let (name, value) = try KeyValue.label(text)
      options.labels[name] = value
    }
    for text in annotation {
      let (name, value) = try KeyValue.strictPair(text, flag: "--annotation")
      options.annotations[name] = value
    }
    options.idFile = try filled(cidfile, "--cidfile").map(Files.absolute)
    if let pull {
      guard let policy = PullPolicy(rawValue: pull) else {
        throw Failure("--pull", pull, reason: "unknown choice", hint: "missing, always or never")
      }
      options.pull = policy
    }
    options.platform = try platform.map(Platform.check)
    options.logDriver = try filled(logDriver, "--log-driver")
    for text in logOpt {
      let (name, value) = try KeyValue.strictPair(text, flag: "--log-opt")
      options.logOptions[name] = value
    }
  }
}

/// The words for machines.
enum Platform {
  #if arch(arm64)
    private static let own = ["arm64", "aarch64", "arm64/v8"]
  #else
    private static let own = ["amd64", "x86_64", "x86-64"]
  #endif

  /// The platform, if it is this machine's.
  static func check(_ text: String) throws(Failure) -> String {
    let name = text.lowercased()
    let architecture = name.hasPrefix("linux/") ? String(name.dropFirst(6)) : name
    guard own.contains(architecture) || name == "linux" else {
      throw Failure(
        "--platform", text, reason: "this machine does not run it", hint: "it is linux/\(own[0])")
    }
    return "linux/" + own[0]
  }
}
