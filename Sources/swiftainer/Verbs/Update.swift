import ArgumentParser
import Engine
import Runtime

struct Update: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update",
    abstract: "Change the limits and the restart policy of containers, also while they run.")

  @OptionGroup(title: "Limits") var limits: LimitFlags
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The weight of its disk traffic, 10 to 1000.", valueName: "number"))
  var blkioWeight: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("no, on-failure[:N], always or unless-stopped.", valueName: "policy"))
  var restart: String?
  // Refused, whatever it says.
  @Option(parsing: .unconditional, help: .private) var shmSize: String?
  @OptionGroup var words: ContainerWords

  func run() throws {
    var options = RunOptions(image: "")
    try limits.apply(to: &options)
    if shmSize != nil {
      throw Failure("--shm-size", reason: "it is set when a container is made and cannot be changed")
    }
    if let blkioWeight {
      guard let weight = UInt16(blkioWeight), (10...1000).contains(weight) else {
        throw Failure("--blkio-weight", blkioWeight, reason: "not a number from 10 to 1000")
      }
      options.limits.blockWeight = weight
    }
    let policy = try restart.map { try RestartPolicy(flag: $0) }
    let changes = options.limits
    if changes == ResourceLimits() && policy == nil {
      throw ValidationError("you must provide one or more flags when using this command")
    }
    if changes.nanoCPUs != nil && (changes.cpuPeriod != nil || changes.cpuQuota != nil) {
      throw Failure("--cpus", reason: "it cannot be given together with --cpu-period or --cpu-quota")
    }
    try words.each { try $0.update(changes, restart: policy) }
  }
}
