import OCISpec
import Testing

@testable import Runtime

@Suite struct ExplainForeseen {
  private func calls(_ step: Step) -> [String] { step.foreseenCalls(pid: nil).map(\.text) }

  @Test func aMountIsMadeDetachedAndMoved() {
    let mount = MountStep(
      .filesystem(type: "tmpfs", source: "shm", options: ["size=64k", "noswap"]), on: "/dev/shm",
      attributes: [.noSetUID, .noDevices])
    #expect(
      calls(.mount(mount)) == [
        #"fsopen("tmpfs", FSOPEN_CLOEXEC)"#, #"fsconfig(fsfd, FSCONFIG_SET_STRING, "source", "shm", 0)"#,
        #"fsconfig(fsfd, FSCONFIG_SET_STRING, "size", "64k", 0)"#,
        #"fsconfig(fsfd, FSCONFIG_SET_FLAG, "noswap", NULL, 0)"#,
        "fsconfig(fsfd, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
        "fsmount(fsfd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV)",
        #"openat2(rootfd, "/dev/shm", {flags=O_RDONLY|O_CLOEXEC|O_PATH, "#
          + "resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}, 24)",
        #"move_mount(treefd, "", targetfd, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)"#,
      ])
    #expect(
      Step.mount(mount).shell == "mount --mkdir -t tmpfs -o nosuid,nodev,size=64k,noswap shm $ROOTFS/dev/shm")
  }

  @Test func aReadOnlyBind() {
    let mount = MountStep(
      .bind("/a b", recursive: true), on: "/data",
      changes: [MountChange(set: .readOnly), MountChange(propagation: .slave, recursive: true)])
    #expect(
      calls(.mount(mount)).prefix(3) == [
        #"open_tree(AT_FDCWD, "/a b", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)"#,
        #"mount_setattr(treefd, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY, attr_clr=0, "#
          + "propagation=0 /* MS_??? */, userns_fd=0}, 32)",
        #"mount_setattr(treefd, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=0, attr_clr=0, "#
          + "propagation=MS_SLAVE, userns_fd=0}, 32)",
      ])
    #expect(
      Step.mount(mount).shell
        == "mount --mkdir --rbind '/a b' $ROOTFS/data && mount -o remount,bind,ro $ROOTFS/data && mount --make-rslave $ROOTFS/data"
    )
  }

  @Test func aRemountOpensWhatIsThere() {
    let flags = MountStep(
      .remount(options: nil), on: "/data",
      changes: [MountChange(set: [.readOnly, .noSetUID]), MountChange(clear: .noDevices, recursive: true)])
    #expect(
      calls(.mount(flags)) == [
        #"openat2(rootfd, "/data", {flags=O_RDONLY|O_CLOEXEC|O_PATH, "#
          + "resolve=RESOLVE_NO_MAGICLINKS|RESOLVE_IN_ROOT}, 24)",
        #"mount_setattr(treefd, "", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID, attr_clr=0, "#
          + "propagation=0 /* MS_??? */, userns_fd=0}, 32)",
        #"mount_setattr(treefd, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=0, attr_clr=MOUNT_ATTR_NODEV, "#
          + "propagation=0 /* MS_??? */, userns_fd=0}, 32)",
      ])
    #expect(Step.mount(flags).shell == "mount -o remount,bind,ro,nosuid,dev,dev=recursive $ROOTFS/data")
    let whole = MountStep(
      .remount(options: ["size=2m", "ro"]), on: "/data", changes: [MountChange(set: .readOnly)])
    #expect(
      calls(.mount(whole)).dropFirst().prefix(4) == [
        #"fspick(treefd, "", FSPICK_CLOEXEC|FSPICK_EMPTY_PATH)"#,
        #"fsconfig(fsfd, FSCONFIG_SET_STRING, "size", "2m", 0)"#,
        #"fsconfig(fsfd, FSCONFIG_SET_FLAG, "ro", NULL, 0)"#,
        "fsconfig(fsfd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0)",
      ])
    #expect(Step.mount(whole).shell == "mount -o remount,ro,size=2m $ROOTFS/data")
  }

  @Test func devicesAndTheirOwners() {
    let device = DeviceStep(path: "/dev/fuse", mode: 0o020660, device: 0xae5, uid: 0, gid: 5, bind: false)
    #expect(
      calls(.makeDevice(device)) == [
        #"mknodat(devfd, "fuse", S_IFCHR|0660, makedev(0xa, 0xe5))"#,
        #"fchownat(devfd, "fuse", 0, 5, AT_SYMLINK_NOFOLLOW)"#,
      ])
    #expect(
      Step.makeDevice(device).shell == "mknod -m 0660 $ROOTFS/dev/fuse c 10 229 && chown 0:5 $ROOTFS/dev/fuse"
    )
  }

  @Test func whatIsJoinedIsOpenedBeforeTheBirth() {
    let plan = LaunchPlan(steps: [
      .clone(CloneStep(namespaces: [], cgroup: "/sys/fs/cgroup/x")),
      .joinNamespace(.network, path: "/run/netns/a"),
    ])
    let texts = plan.foreseenCalls(of: 0).map(\.text)
    #expect(texts.first == #"openat(AT_FDCWD, "/run/netns/a", O_RDONLY|O_CLOEXEC)"#)
    #expect(texts.contains { $0.contains("CLONE_INTO_CGROUP") && $0.contains("cgroup=cgroupfd") })
    #expect(plan.foreseenCalls(of: 1).map(\.text) == ["setns(nsfd, CLONE_NEWNET)"])
    #expect(calls(.joinNamespace(.network, path: "/run/netns/a", .afterUser)) == [])
  }

  @Test func theProcessIdIsToldWhereThereIsOne() {
    let step = Step.mapUsers([LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)])
    #expect(calls(step).first == #"openat(AT_FDCWD, "/proc/PID/uid_map", O_WRONLY|O_CLOEXEC)"#)
    #expect(
      step.foreseenCalls(pid: 7).map(\.text) == [
        #"openat(AT_FDCWD, "/proc/7/uid_map", O_WRONLY|O_CLOEXEC)"#, #"write(filefd, "0 1000 1\n", 9)"#,
      ])
    #expect(step.shell == "echo '0 1000 1' > /proc/$PID/uid_map")
  }

  @Test func rightsGoInTheOrderInWhichTheyMust() {
    #expect(
      calls(.becomeUser(uid: 5, gid: 6, groups: [7])) == [
        "prctl(PR_SET_KEEPCAPS, 1)", "setgroups(1, [7])", "setresgid(6, 6, 6)", "setresuid(5, 5, 5)",
      ])
    let masks = CapabilityMasks(effective: 1, inheritable: 1, permitted: 1, ambient: 1)
    #expect(
      calls(.setCapabilities(masks)).dropFirst() == [
        "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)",
        "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0)",
      ])
    // Kept is what is not dropped.
    let dropped = calls(.dropBounding(keep: ~0b100))
    #expect(dropped == ["prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH)"])
  }

  @Test func aNetworkDeviceIsHandedOver() {
    let texts = calls(.moveInterface(name: "eth1", newName: "eth0"))
    #expect(texts.first == #"openat(AT_FDCWD, "/proc/PID/ns/net", O_RDONLY|O_CLOEXEC)"#)
    #expect(texts.contains { $0.contains("RTM_SETLINK") && $0.contains(#"[IFLA_IFNAME, "eth0"]"#) })
    #expect(
      Step.moveInterface(name: "eth1", newName: "eth0").shell == "ip link set eth1 netns $PID name eth0")
  }

  /// Whatever a configuration makes of it: a shell takes it as one word.
  @Test(arguments: ["", "a b", "a'b", "$(x)", "a;b", "ä", "*"])
  func wordsAreQuoted(word: String) {
    let quoted = Shell.word(word)
    #expect(quoted.hasPrefix("'") && quoted.hasSuffix("'"))
    #expect(
      quoted.dropFirst().dropLast().split(separator: "'\\''", omittingEmptySubsequences: false).joined(
        separator: "'") == word)
  }

  @Test func commandsOfTheProcess() {
    #expect(
      Step.setLimit(resource: "RLIMIT_NOFILE", soft: 1, hard: .max).shell
        == "prlimit --pid $$ --nofile=1:unlimited")
    #expect(
      Step.raiseLimit(resource: "RLIMIT_NOFILE", hard: 4096).shell == "prlimit --pid $PID --nofile=:4096")
    #expect(Step.setUmask(0o27).shell == "umask 027")
    #expect(Step.pivotRoot(.pivot).shell == "cd $ROOTFS && pivot_root . . && umount -l . && cd /")
    // The line of / is the new root's as well, which stays; the commands before the last still want /proc.
    #expect(
      Step.pivotRoot(.moveAndChroot).shell?.contains("| grep -vx -e / -e /proc | tac) /proc; do") == true)
    #expect(Step.setAffinity([0b101, 0, 0, 0, 0, 0, 0, 0]).shell == "taskset -p 0x5 $$")
    #expect(Step.unshare([.user, .network]).shell == "unshare --user --net")
    #expect(Step.sync(.created).shell == nil)
  }
}
