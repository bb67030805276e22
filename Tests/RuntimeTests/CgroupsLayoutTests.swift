import OCISpec
import Testing

@testable import Runtime

private func mounts(_ table: String) -> [CgroupMount] {
  Array(table.utf8).withUnsafeBytes { CgroupMount.parse($0) }
}

private func layout(_ table: String, controllers: String = "") throws -> CgroupLayout {
  try CgroupLayout(mounts: mounts(table)) { _ in
    Array(controllers.utf8).withUnsafeBytes { CgroupLayout.parseControllers($0) }
  }
}

private let others = """
  22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
  23 28 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw,size=8k,mode=755
  28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw

  """

@Suite struct CgroupsLayoutTests {
  @Test func unified() throws {
    let table =
      others + "30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw,nsdelegate\n"
    #expect(
      try layout(table, controllers: "cpuset cpu io memory hugetlb pids rdma misc\n")
        == CgroupLayout(
          mode: .unified, unified: "/sys/fs/cgroup",
          unifiedControllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"].map(
            CgroupController.init(rawValue:))))
  }

  @Test func hybridWithControllersMountedTogether() throws {
    let table =
      others + """
        31 22 0:27 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
        32 31 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
        33 31 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
        34 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw shared:16 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:31 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
        """
    #expect(
      try layout(table, controllers: "hugetlb\n")
        == CgroupLayout(
          mode: .hybrid, unified: "/sys/fs/cgroup/unified", unifiedControllers: [.hugetlb],
          legacy: [
            .init(mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: [.cpu, .init(rawValue: "cpuacct")]),
            .init(mountPoint: "/sys/fs/cgroup/blkio", controllers: [.io]),
          ]))
  }

  @Test func withoutCgroup2ThereIsNothingToRunIn() {
    let table = others + "34 31 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    #expect(
      throws: Failure(
        "find control groups", reason: "this machine mounts no cgroup v2 hierarchy",
        hint: "mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified")
    ) { try layout(table) }
  }

  @Test func escapesAndPartialMounts() {
    let table = #"90 1 0:26 /a\040b /mnt/c\134d\011e rw - cgroup2 none rw"#
    #expect(
      mounts(table)
        == [CgroupMount(mountPoint: "/mnt/c\\d\te", root: "/a b", version: 2, controllers: [])])
  }

  @Test func theUsualMountIsPreferredToAContainersOwn() throws {
    let table = """
      90 1 0:26 /x /var/lib/c/sys/fs/cgroup rw - cgroup2 none rw
      91 1 0:26 / /var/lib/d/sys/fs/cgroup rw - cgroup2 none rw
      92 1 0:30 /docker/x /var/lib/c/sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
      93 1 0:26 / /sys/fs/cgroup/unified rw - cgroup2 none rw
      94 1 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
      """
    let found = try layout(table)
    #expect(found.unified == "/sys/fs/cgroup/unified")
    #expect(found.legacy == [.init(mountPoint: "/sys/fs/cgroup/cpu", controllers: [.cpu])])
  }

  @Test func damagedLinesAreNoMounts() {
    #expect(mounts("90 1 0:26 / /sys/fs/cgroup rw - cgroup2\n - cgroup2 a b\n\n90 1\n -").isEmpty)
  }

  @Test func onlyWhatNeedsCgroup1LooksForIt() throws {
    let path = CgroupsCanned.path
    let elsewhere = try CgroupPath(cgroupsPath: "/pod/web", id: "")
    let devices = LinuxResources(devices: [LinuxDeviceCgroup(allow: false, access: "rwm")])
    let pids = LinuxResources(pids: LinuxPids(limit: 1))
    let mode = try CgroupLayout.detect().mode
    #expect(try CgroupLayout.detect(for: path, resources: nil).isComplete == (mode == .unified))
    #expect(try CgroupLayout.detect(for: path, resources: devices).isComplete == (mode == .unified))
    #expect(try CgroupLayout.detect(for: path, resources: pids).isComplete)
    #expect(try CgroupLayout.detect(for: elsewhere, resources: nil).isComplete)
  }

  @Test func membership() throws {
    let hybrid = CgroupsCanned.hybrid
    let path = try CgroupPath(cgroupsPath: nil, id: "web")
    let membership = CgroupMembership(
      """
      9:name=systemd:/
      4:memory:/swiftainer/web
      3:cpuset:/swiftainer/web/inner
      2:cpuacct:/swiftainer/website
      1:cpu:/
      0::/swiftainer/web/payload:1

      """)
    #expect(membership.unifiedFolder(in: hybrid) == "/sys/fs/cgroup/unified/swiftainer/web/payload:1")
    #expect(
      try membership.legacyFolders(of: path, in: hybrid).map(\.leaf)
        == ["/sys/fs/cgroup/cpuset/swiftainer/web", "/sys/fs/cgroup/memory/swiftainer/web"])
  }

  @Test func whoIsInNoCgroup1NeedsNoMountTable() throws {
    var quick = CgroupsCanned.hybrid
    quick.legacy = []
    quick.isComplete = false
    let membership = CgroupMembership("4:memory:/session/1\n2:pids:/\n0::/swiftainer/web\n")
    #expect(try membership.legacyFolders(of: CgroupsCanned.path, in: quick).isEmpty)
  }

  @Test func membershipThroughAPartialMount() throws {
    var layout = CgroupsCanned.hybrid
    layout.unifiedRoot = "/docker/x"
    #expect(CgroupMembership("0::/docker/x/y").unifiedFolder(in: layout) == layout.unified + "/y")
    #expect(CgroupMembership("0::/docker/xy").unifiedFolder(in: layout) == nil)
  }
}

@Suite struct CgroupsPathTests {
  @Test(arguments: [
    (nil, "/swiftainer/web"), ("", "/swiftainer/web"), ("/a/b", "/a/b"), ("a/b", "/swiftainer/a/b"),
    ("//a/./b//", "/a/b"), ("a:b:c", "/swiftainer/a:b:c"), ("...", "/swiftainer/..."),
  ])
  func places(asked: String?, expected: String) throws {
    #expect(try CgroupPath(cgroupsPath: asked, id: "web").text == expected)
  }

  @Test(arguments: [
    ("/", "must name a cgroup below the root"), ("/./", "must name a cgroup below the root"),
    (".", "must name a cgroup below the root"), ("/a/../b", "must not contain .."),
    ("..", "must not contain .."),
    ("/a\nb", "must not contain a newline or a zero byte"),
    ("/a\0b", "must not contain a newline or a zero byte"),
  ])
  func refusals(asked: String, reason: String) {
    #expect(throws: Failure("linux.cgroupsPath", "`\(asked)`", reason: reason)) {
      try CgroupPath(cgroupsPath: asked, id: "web")
    }
  }

  @Test func aComponentIsAFileName() throws {
    let long = String(repeating: "x", count: 255)
    #expect(try CgroupPath(cgroupsPath: "/" + long, id: "web").text == "/" + long)
    #expect(throws: Failure.self) { try CgroupPath(cgroupsPath: "/x" + long, id: "web") }
  }

  @Test func folders() throws {
    let folder = CgroupFolder(mountPoint: "/m", path: try CgroupPath(cgroupsPath: "/a/b/c", id: ""))
    #expect(folder.leaf == "/m/a/b/c")
    #expect(folder.parents == ["/m/a", "/m/a/b"])
    #expect(try CgroupPath(recorded: "/a/b").text == "/a/b")
  }

  @Test func theDefaultParentIsOurs() throws {
    #expect(try CgroupPath(cgroupsPath: nil, id: "x").isInDefaultParent)
    #expect(try CgroupPath(cgroupsPath: "/swiftainer/x", id: "").isInDefaultParent)
    #expect(try !CgroupPath(cgroupsPath: "x/y", id: "").isInDefaultParent)
    #expect(try !CgroupPath(cgroupsPath: "/swiftainers/x", id: "").isInDefaultParent)
  }
}
