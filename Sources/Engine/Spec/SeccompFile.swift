import Glibc
import OCISpec
import Runtime

/// A system call filter from a file. Docker's form says of rules for which capabilities, processors and kernels
/// they are; runtime-spec's form is the same without that.
struct SeccompFile {
  private struct Condition {
    var capabilities: [String] = []
    var processors: [String] = []
    var kernel: String?

    init(_ object: JSONObject?) throws(SpecError) {
      guard let object else { return }
      capabilities = try object.strings("caps")
      processors = try object.strings("arches")
      kernel = try object.string("minKernel")
    }
  }

  private var filter: LinuxSeccomp
  private var rules: [(call: LinuxSyscall, includes: Condition, excludes: Condition)]
  /// Architectures that come with another.
  private var companions: [(main: Arch, others: [Arch])]

  init(_ text: String, name: String) throws(SpecError) {
    let object = try JSONDocument(Array(text.utf8), name: name).root.object()
    filter = try LinuxSeccomp(
      defaultAction: object.required("defaultAction").choice(),
      defaultErrnoRet: object.integer("defaultErrnoRet"), architectures: object.choices("architectures"),
      flags: object["flags"]?.choices(), listenerPath: object.string("listenerPath"),
      listenerMetadata: object.string("listenerMetadata"))
    companions =
      try object["archMap"]?.array { (node) throws(SpecError) in
        let entry = try node.object()
        return (try entry.required("architecture").choice(), try entry.choices("subArchitectures"))
      } ?? []
    if !companions.isEmpty && !filter.architectures.isEmpty {
      throw try object.required("archMap").error("must not stand beside architectures")
    }
    rules =
      try object["syscalls"]?.array { (node) throws(SpecError) in
        let rule = try node.object()
        let names = try rule.strings("names") + (rule.string("name").map { [$0] } ?? [])
        if names.isEmpty { throw node.error("needs names") }
        let call = try LinuxSyscall(
          names: names, action: rule.required("action").choice(), errnoRet: rule.integer("errnoRet"),
          args: rule.list("args"))
        return (
          call, try Condition(rule["includes"]?.object()), try Condition(rule["excludes"]?.object())
        )
      } ?? []
  }

  /// The filter of a container that holds these capabilities.
  func profile(capabilities: CapabilitySet) -> LinuxSeccomp {
    var filter = filter
    if let entry = companions.first(where: { $0.main == Self.architecture }) {
      filter.architectures = [entry.main] + entry.others
    }
    func holds(_ name: String) -> Bool {
      CapabilitySet(specName: name).map { capabilities.contains($0) } ?? false
    }
    filter.syscalls = rules.filter { rule in
      let (yes, no) = (rule.includes, rule.excludes)
      if no.processors.contains(Self.processor) || no.capabilities.contains(where: holds) { return false }
      if let kernel = no.kernel, Self.isAtLeast(kernel) { return false }
      if !yes.processors.isEmpty && !yes.processors.contains(Self.processor) { return false }
      if let kernel = yes.kernel, !Self.isAtLeast(kernel) { return false }
      return yes.capabilities.allSatisfy(holds)
    }.map(\.call)
    return filter
  }

  #if arch(arm64)
    private static let processor = "arm64"
    private static let architecture = Arch.aarch64
  #else
    private static let processor = "amd64"
    private static let architecture = Arch.amd64
  #endif

  /// Whether the running kernel is of this version, as in `4.8`, or later.
  private static func isAtLeast(_ version: String) -> Bool {
    var system = utsname()
    guard uname(&system) == 0 else { return false }
    let release = withUnsafeBytes(of: &system.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    func numbers(_ text: String) -> [Int] {
      text.split(whereSeparator: { !$0.isASCII || !$0.isNumber }).prefix(2).compactMap { Int($0) }
    }
    let (running, wanted) = (numbers(release), numbers(version))
    guard running.count == 2, wanted.count == 2 else { return false }
    return (running[0], running[1]) >= (wanted[0], wanted[1])
  }
}
