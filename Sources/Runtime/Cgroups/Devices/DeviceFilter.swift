import OCISpec

/// Which device nodes a container may use: rules in their shortest form, and the program that means the same.
///
/// For each access asked for (read, write, mknod) the last rule that speaks of it decides, and every access
/// asked for must be allowed. So a later rule overrides an earlier one bit by bit, also within a wildcard, where
/// cgroup v1 gave up and runc refuses the rule. Design: docs/design/0002-hybrid-cgroups.md.
public struct DeviceFilter: Equatable, Sendable {
  /// What holds where no rule speaks.
  public let allowsByDefault: Bool
  /// In the order of the spec: the last one wins.
  public let rules: [DeviceRule]

  /// The filter of a container whose configuration says nothing of devices: what every container may use.
  public static let standard = DeviceFilter(DeviceRule.defaults)

  /// The filter for `linux.resources.devices`; what every container may use is allowed after its rules, and
  /// what nobody mentions is denied.
  ///
  /// - Throws: `Failure` naming the field that is invalid.
  public init(rules: [LinuxDeviceCgroup]) throws {
    var checked: [DeviceRule] = []
    checked.reserveCapacity(rules.count + DeviceRule.defaults.count)
    for (index, rule) in rules.enumerated() {
      checked.append(try DeviceRule(rule, field: "linux.resources.devices[\(index)]"))
    }
    self.init(checked + DeviceRule.defaults)
  }

  /// The shortest filter with the same meaning.
  init(_ rules: [DeviceRule]) {
    var allowsByDefault = false
    var kept: [DeviceRule] = []
    for rule in rules {
      if rule.isTotal {
        // Nothing before it matters any more.
        allowsByDefault = rule.allow
        kept.removeAll(keepingCapacity: true)
      } else {
        // An earlier rule about no more than this one can never decide.
        kept.removeAll { rule.covers($0) }
        if let last = kept.last, let both = last.joined(with: rule) {
          kept[kept.count - 1] = both
        } else {
          kept.append(rule)
        }
      }
    }
    // The earliest rules are asked last: those that say what holds anyway can go.
    let start = kept.firstIndex { $0.allow != allowsByDefault } ?? kept.endIndex
    self.allowsByDefault = allowsByDefault
    self.rules = Array(kept[start...])
  }

  /// Whether it forbids nothing, so that no program is needed.
  public var allowsEverything: Bool { allowsByDefault && rules.isEmpty }

  /// The eBPF program, one instruction per word, for `BPF_PROG_TYPE_CGROUP_DEVICE`.
  ///
  /// The kernel passes `struct bpf_cgroup_dev_ctx { u32 access_type, major, minor }`, where the access is in
  /// the upper half of the first word and the kind of device in the lower.
  ///
  /// Numbers are compared in one piece, not one by one: each comparison doubles the paths that the kernel's
  /// verifier follows, unless one of the two ends at once. This made loading four times faster.
  public var program: [UInt64] {
    var code = BPFAssembler()
    code.append(.loadWord(.kind, from: .context, offset: 0))
    code.append(.move(.access, from: .kind))
    code.append(.and(.kind, 0xffff))
    code.append(.shiftRight(.access, 16))
    code.append(.loadWord(.major, from: .context, offset: 4))
    code.append(.loadWord(.minor, from: .context, offset: 8))
    code.append(.move(.kindMajor, from: .kind))
    code.append(.shiftLeft(.kindMajor, 12))
    code.append(.or(.kindMajor, .major))
    code.append(.move(.device, from: .kindMajor))
    code.append(.shiftLeft(.device, 20))
    code.append(.or(.device, .minor))
    for rule in rules.reversed() { Self.append(rule, to: &code) }
    code.append(.load(.result, allowsByDefault ? 1 : 0))
    code.append(.exit)
    return code.words
  }

  /// One rule: leave to the next where it does not match, else take its accesses off those still undecided.
  private static func append(_ rule: DeviceRule, to code: inout BPFAssembler) {
    let next = code.makeLabel()
    switch (rule.kind.number, rule.major, rule.minor) {
    case (let kind?, let major?, let minor?):
      code.append(.loadLong(.context, kind << 32 | UInt64(major) << 20 | UInt64(minor)))
      code.append(.jumpIfDifferent(.device, .context, to: next))
    case (let kind?, let major?, nil):
      code.append(.jumpIfNotEqual(.kindMajor, UInt32(kind) << 12 | major, to: next))
    case (let kind, let major, let minor):
      if let kind { code.append(.jumpIfNotEqual(.kind, UInt32(kind), to: next)) }
      if let major { code.append(.jumpIfNotEqual(.major, major, to: next)) }
      if let minor { code.append(.jumpIfNotEqual(.minor, minor, to: next)) }
    }
    if rule.access != .all {
      if rule.allow {
        code.append(.and(.access, ~rule.access.rawValue & 0xffff))
        code.append(.jumpIfNotEqual(.access, 0, to: next))
      } else {
        code.append(.jumpIfNoneSet(.access, rule.access.rawValue, scratch: .context, to: next))
      }
    }
    code.append(.load(.result, rule.allow ? 1 : 0))
    code.append(.exit)
    code.place(next)
  }
}

extension DeviceRule.Kind {
  /// `BPF_DEVCG_DEV_*` of linux/bpf.h; nil where it does not matter.
  fileprivate var number: UInt64? {
    switch self {
    case .any: nil
    case .block: 1
    case .character: 2
    }
  }
}

extension BPFAssembler.Register {
  /// What the program returns: 1 allows, 0 denies with EPERM.
  fileprivate static let result = r0
  /// The kernel's structure; free for other use once everything is loaded.
  fileprivate static let context = r1
  fileprivate static let kind = r2
  fileprivate static let access = r3
  fileprivate static let major = r4
  fileprivate static let minor = r5
  /// Kind and major number in one: the kernel's have 12 bits.
  fileprivate static let kindMajor = r6
  /// Kind, major and minor number in one: the kernel's minors have 20 bits.
  fileprivate static let device = r7
}
