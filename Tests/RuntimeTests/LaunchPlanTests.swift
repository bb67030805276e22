import OCISpec
import Testing

@testable import Runtime

@Suite struct LaunchPlanTests {
  /// A container with as little as can be.
  private func launch(
    _ mode: ContainerLaunch.Mode = .run, namespaces: [LinuxNamespaceType] = [.mount, .pid],
    _ change: (inout Spec) -> Void = { _ in }
  ) -> ContainerLaunch {
    var spec = Spec(
      root: Root(path: "rootfs"), process: Process(args: ["/bin/true"], env: ["PATH=/bin"], cwd: "/"),
      linux: Linux(namespaces: namespaces.map { LinuxNamespace(type: $0) }))
    change(&spec)
    return ContainerLaunch(id: "c", bundle: "/b", rootfs: "/b/rootfs", spec: spec, mode: mode)
  }

  private func steps(_ launch: ContainerLaunch) throws -> [Step] { try ContainerLowering.lower(launch).steps }

  private func index(_ steps: [Step], _ isWanted: @escaping (Step) -> Bool) throws -> Int {
    try #require(steps.firstIndex(where: isWanted))
  }

  /// By some kernels' own choice a folder that is moved, or a file whose mode is changed, would stay in a lower layer.
  @Test func whatIsWrittenIsInTheUpperFolder() {
    #expect(
      OverlayRoot(lower: ["/a:b"], upper: "/u", work: "/w", target: "/t").options
        == ["lowerdir=/a\\:b", "upperdir=/u", "redirect_dir=off", "metacopy=off", "workdir=/w"])
    #expect(
      OverlayRoot.options(lower: ["/a", "/b"], upper: nil, work: nil) == ["lowerdir+=/a", "lowerdir+=/b"])
  }

  @Test func smallestPlanIsKnownToTheLastStep() throws {
    let devices: [(String, UInt64)] = [
      ("null", 0x103), ("zero", 0x105), ("full", 0x107), ("random", 0x108), ("urandom", 0x109),
      ("tty", 0x500),
    ]
    let links = [
      ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
      ("/proc/self/fd/2", "stderr"), ("pts/ptmx", "ptmx"),
    ]
    var expected: [Step] = [
      .clone(CloneStep(namespaces: [.mount, .pid], cgroup: nil)), .becomeNotDumpable, .startSession,
      .joinKeyring("_ses.c"), .setPropagation(path: "/", .slave, recursive: true),
      .openRoot("/b/rootfs", made: nil),
      .openDev,
    ]
    expected += devices.map {
      .makeDevice(DeviceStep(path: "/dev/" + $0.0, mode: 0o20666, device: $0.1, uid: 0, gid: 0, bind: false))
    }
    expected += links.map { .linkInDev(target: $0.0, name: $0.1) }
    expected += [
      .pivotRoot(.pivot), .setUmask(0o022), .changeFolder("/"), .closeRest(firstClosed: 3, supervised: false),
      .dropBounding(keep: 0), .becomeUser(uid: 0, gid: 0, groups: []), .setCapabilities(CapabilityMasks()),
      .checkFolder("/"), .findProgram("/bin/true", searchPath: "/bin"), .sync(.created),
      .recordCreated(CreatedRecord()),
      .execute(arguments: ["/bin/true"], environment: ["PATH=/bin", "HOME=/"], supervised: false),
    ]
    #expect(try steps(launch()) == expected)
  }

  @Test func createWaitsBetweenItsRecordAndTheExec() throws {
    let steps = try steps(launch(.create))
    #expect(
      Array(steps.suffix(4).prefix(3)) == [.sync(.created), .recordCreated(CreatedRecord()), .waitForStart])
  }

  @Test func userNamespaceIsMadeByTheInitAndMappedBeforeTheOthers() throws {
    let steps = try steps(
      launch(namespaces: [.user, .mount, .pid]) { spec in
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)]
      })
    let mapping = [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)]
    let start = try index(steps) { $0 == .becomeNotDumpable }
    #expect(steps.contains(.clone(CloneStep(namespaces: [], cgroup: nil))))
    #expect(
      Array(steps[start...(start + 6)]) == [
        .becomeNotDumpable, .unshare(.user), .sync(.namespaces), .mapUsers(mapping), .mapGroups(mapping),
        .becomeNamespaceRoot, .fork([.mount, .pid]),
      ])
  }

  private func joining(_ user: UInt32 = 0) -> ContainerLaunch {
    launch { spec in
      spec.process?.user = User(uid: user, gid: 0)
      spec.linux?.namespaces = [
        LinuxNamespace(type: .network, path: "/n"), LinuxNamespace(type: .mount),
        LinuxNamespace(type: .user, path: "/u"),
      ]
    }
  }

  @Test func whatIsTheHostsIsJoinedBeforeTheUserNamespaceAndWhatIsItsOwnAfterIt() throws {
    let steps = try steps(joining())
    let start = try index(steps) { $0 == .becomeNotDumpable }
    #expect(
      Array(steps[start...(start + 5)]) == [
        .becomeNotDumpable, .joinNamespace(.network, path: "/n", .beforeUser),
        .joinNamespace(.user, path: "/u"),
        .becomeNamespaceRoot, .joinNamespace(.network, path: "/n", .afterUser), .fork([.mount]),
      ])
  }

  @Test func streamsAreNotGivenToAUserThatNobodyKnows() throws {
    #expect(try steps(launch { $0.process?.user = User(uid: 7, gid: 0) }).contains(.ownStreams(uid: 7)))
    #expect(try !steps(joining(7)).contains { if case .ownStreams = $0 { true } else { false } })
  }

  @Test func limitsOfHooksAreWhatAPollCanWait() {
    func limit(_ seconds: Int?) -> Int32? { Hook(path: "/x", timeout: seconds).limit }
    #expect([nil, 1, 2_147_483, 2_147_484, .max].map(limit) == [nil, 1000, 2_147_483_000, .max, .max])
  }

  @Test(arguments: [true, false]) func limitsAreRaisedBeforeAUserNamespaceTakesTheRightTo(hasOne: Bool) throws
  {
    let steps = try steps(
      launch(namespaces: hasOne ? [.user, .mount] : [.mount]) { spec in
        spec.process?.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILE", soft: 1, hard: 2)]
      })
    let raising = steps.firstIndex(of: .raiseLimit(resource: "RLIMIT_NOFILE", hard: 2))
    let start = try index(steps) { $0 == .becomeNotDumpable }
    #expect(hasOne == (raising != nil))
    #expect(raising ?? 0 < start)
    #expect(steps.contains(.setLimit(resource: "RLIMIT_NOFILE", soft: 1, hard: 2)))
    // Until its exec the init may set that limit itself.
    let waits = steps.contains { if case .clone(let clone) = $0 { clone.waitsForExec } else { false } }
    #expect(waits == hasOne)
  }

  @Test(arguments: [true, false]) func filterIsLoadedWhereItMayBe(forbidsPrivileges: Bool) throws {
    var launch = launch { $0.process?.noNewPrivileges = forbidsPrivileges }
    launch.seccomp = SeccompFilter(program: [UInt8](repeating: 0, count: 8))
    let steps = try steps(launch)
    let load = try index(steps) { if case .loadSeccomp = $0 { true } else { false } }
    let user = try index(steps) { if case .becomeUser = $0 { true } else { false } }
    let close = try index(steps) { if case .closeRest = $0 { true } else { false } }
    // Without the promise loading is a privilege; with it, it comes as late as can be.
    #expect(forbidsPrivileges == (load > user))
    #expect(close < load)
  }

  @Test func descriptorsAreClosedAfterTheRootHasChanged() throws {
    let steps = try steps(launch())
    let pivot = try index(steps) { if case .pivotRoot = $0 { true } else { false } }
    let close = try index(steps) { if case .closeRest = $0 { true } else { false } }
    #expect(pivot < close)
  }

  @Test func mountNamespaceIsRequired() {
    #expect(throws: SpecError.self) { try steps(launch(namespaces: [.pid])) }
  }

  @Test(arguments: ["/proc/self", "/proc/1/root", "/proc/sys"]) func nothingIsMountedInsideProc(
    target: String
  ) {
    let launch = launch { $0.mounts = [Mount(destination: target, type: "tmpfs", source: "tmpfs")] }
    #expect(throws: SpecError.self) { try steps(launch) }
  }

  private func remount(_ options: [String], type: String? = nil, on target: String = "/x") throws -> MountStep
  {
    let plan = try steps(
      launch { $0.mounts = [Mount(destination: target, type: type, options: ["remount"] + options)] })
    let mounts = plan.compactMap { step -> MountStep? in
      if case .mount(let mount) = step { mount } else { nil }
    }
    return try #require(mounts.first)
  }

  @Test func remountNamesWhatItChanges() throws {
    #expect(
      try remount(["bind", "ro", "suid"])
        == MountStep(
          .remount(options: nil), on: "/x", changes: [MountChange(set: .readOnly, clear: .noSetUID)],
          field: "mounts[0]"))
    // Of a file system, to be read-only is one of its own options as well.
    #expect(try remount(["size=1m", "rw"], type: "tmpfs").source == .remount(options: ["size=1m", "rw"]))
    #expect(try remount(["nosuid"]).source == .remount(options: []))
    #expect(try remount(["nosuid"], type: "bind").source == .remount(options: nil))
    #expect(try remount(["bind"], on: "/proc").refusesLinks)
    #expect(throws: SpecError.self) { try remount(["bind", "rw"], on: "/proc/sys") }
    #expect(throws: SpecError.self) { try remount(["bind", "idmap"]) }
    #expect(throws: SpecError.self) { try remount(["tmpcopyup"]) }
    #expect(throws: SpecError.self) { try remount(["bind", "size=1m"]) }
  }

  @Test func changeOfDevIsNoBindOfTheHostsDev() throws {
    let steps = try steps(
      launch {
        $0.mounts = [Mount(destination: "/dev", type: "bind", options: ["remount", "bind", "noexec"])]
      })
    #expect(steps.contains(.linkInDev(target: "pts/ptmx", name: "ptmx")))
  }

  @Test func sharedRootIsCutOffBeforeItsOldRootGoes() throws {
    let steps = try steps(launch { $0.linux?.rootfsPropagation = "rshared" })
    #expect(steps.contains(.openRoot("/b/rootfs", made: .private)))
    #expect(steps.contains(.pivotRoot(.pivotFromShared)))
    #expect(steps.contains(.setPropagation(path: "/", .shared, recursive: true)))
  }

  @Test func encodedPlanIsWhatItsHeaderSays() throws {
    let steps = try steps(launch())
    let bytes = try PlanEncoder.encode(steps, descriptors: .init(), lastCapability: 40, trace: false)
    let words = bytes.withUnsafeBytes { raw in
      (0..<8).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
    }
    let records = steps.filter { $0.actor == .`init` }.count
    #expect(words[2] == UInt32(bytes.count))
    // Every step of this plan is one record.
    #expect(words[3] == UInt32(records))
    #expect(words[4] == 32 + 88 * UInt32(records))
    #expect(words[4] + words[5] == UInt32(bytes.count))
    #expect(bytes.last == 0)
  }

  @Test func planThatIsTooLongIsRefused() throws {
    let long = String(repeating: "x", count: 17 << 20)
    let step = Step.execute(arguments: ["/bin/true", long], environment: [], supervised: false)
    #expect(throws: Failure.self) {
      try PlanEncoder.encode([step], descriptors: .init(), lastCapability: 40, trace: false)
    }
  }
}
