import OCISpec

extension CapabilitySet {
  /// What a container holds unless told otherwise: the same 14 as Docker, because images rely on them.
  public static let containerDefault: CapabilitySet = [
    .init(number: 0),  // CAP_CHOWN
    .init(number: 1),  // CAP_DAC_OVERRIDE
    .init(number: 3),  // CAP_FOWNER
    .init(number: 4),  // CAP_FSETID
    .init(number: 5),  // CAP_KILL
    .init(number: 6),  // CAP_SETGID
    .init(number: 7),  // CAP_SETUID
    .init(number: 8),  // CAP_SETPCAP
    .init(number: 10),  // CAP_NET_BIND_SERVICE
    .init(number: 13),  // CAP_NET_RAW
    .init(number: 18),  // CAP_SYS_CHROOT
    .init(number: 27),  // CAP_MKNOD
    .init(number: 29),  // CAP_AUDIT_WRITE
    .init(number: 31),  // CAP_SETFCAP
  ]

  /// What `--cap-add`, `--cap-drop` and `--privileged` amount to, with Docker's arithmetic: the order on the
  /// command line is of no account; drops go first, then additions; `ALL` added wins over `ALL` dropped,
  /// and is then less the capabilities dropped by name.
  ///
  /// - Parameters:
  ///   - base: what is held where nothing is said.
  ///   - add: names in any case, with or without `CAP_`, or `ALL`.
  ///   - drop: likewise.
  ///   - privileged: everything available, whatever `add` and `drop` say.
  ///   - available: what can be handed on; adding anything else is an error.
  public static func chosen(
    from base: CapabilitySet = .containerDefault, add: [String] = [], drop: [String] = [],
    privileged: Bool = false, available: CapabilitySet
  ) throws(Failure) -> CapabilitySet {
    let dropped = try parse(drop, flag: "--cap-drop")
    let added = try parse(add, flag: "--cap-add")
    guard !privileged else { return available }
    guard added.named.isSubset(of: available) else {
      throw Failure(
        "--cap-add", added.named.subtracting(available).description, reason: "not available on this machine",
        hint: "this process does not hold it itself")
    }
    if added.all { return available.subtracting(dropped.named) }
    let kept = dropped.all ? [] : base.intersection(available).subtracting(dropped.named)
    return kept.union(added.named)
  }

  /// This set as a configuration states it for a process of user `uid`: root holds it at once, anyone else
  /// only can come to hold it through a set-user-ID program, as an execve(2) outside a container would have it.
  public func specification(uid: UInt32) -> LinuxCapabilities {
    let names = names
    guard uid == 0 else { return LinuxCapabilities(bounding: names) }
    return LinuxCapabilities(bounding: names, effective: names, permitted: names)
  }

  private static func parse(
    _ names: [String], flag: String
  ) throws(Failure) -> (named: CapabilitySet, all: Bool) {
    var named: CapabilitySet = []
    var all = false
    for name in names {
      if name.uppercased() == "ALL" {
        all = true
      } else if let one = CapabilitySet(flagName: name) {
        named.formUnion(one)
      } else {
        throw Failure(flag, name, reason: "unknown capability", hint: "names are listed in capabilities(7)")
      }
    }
    return (named, all)
  }
}
