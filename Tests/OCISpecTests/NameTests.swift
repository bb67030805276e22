import Testing

@testable import OCISpec

@Test(
  "Container IDs",
  arguments: [
    ("a", nil), ("Box_1+2.3-4", nil), (".a", nil), ("...", nil), ("-", nil),
    ("", "container ID: must not be empty"),
    (".", "container ID: must not be '.'"),
    ("..", "container ID: must not be '..'"),
    ("a/b", "container ID: must consist of letters, digits and '_+.-', unlike 'a/b'"),
    ("../a", "container ID: must consist of letters, digits and '_+.-', unlike '../a'"),
    ("a b", "container ID: must consist of letters, digits and '_+.-', unlike 'a b'"),
    ("a\n", "container ID: must consist of letters, digits and '_+.-', unlike 'a\\u{a}'"),
    ("a\u{0}", "container ID: must consist of letters, digits and '_+.-', unlike 'a\\u{0}'"),
    ("é", "container ID: must consist of letters, digits and '_+.-', unlike 'é'"),
    ("a\u{301}", "container ID: must consist of letters, digits and '_+.-', unlike 'a\u{301}'"),
    ("a:b", "container ID: must consist of letters, digits and '_+.-', unlike 'a:b'"),
  ] as [(String, String?)])
func containerIDs(_ text: String, _ error: String?) {
  #expect(errorText { _ = try ContainerID(text) } == error ?? "no error")
  #expect((try? ContainerID(text))?.description == (error == nil ? text : nil))
}

@Test func containerIDsAreBounded() {
  #expect(errorText { _ = try ContainerID(String(repeating: "a", count: 1024)) } == "no error")
  #expect(
    errorText { _ = try ContainerID(String(repeating: "a", count: 1025)) }
      == "container ID: must have at most 1024 bytes, not 1025")
}

@Test(
  "Lists of numbers",
  arguments: [
    ("", []), ("0", [0...0]), ("0-3,7", [0...3, 7...7]), (" 0 , 2-2\n", [0...0, 2...2]), (",,1,", [1...1]),
    ("65535", [65535...65535]), ("3,1-2,3", [3...3, 1...2, 3...3]), ("65536", nil), ("1-", nil), ("-1", nil),
    ("-", nil),
    ("1--2", nil), ("2-1", nil), ("0-3-5", nil), ("a", nil), ("1 2", nil), ("0x1", nil),
    ("99999999999999999999", nil),
    ("1;2", nil), ("é", nil), ("١", nil),
  ] as [(String, [ClosedRange<UInt32>]?)])
func numberLists(_ text: String, _ ranges: [ClosedRange<UInt32>]?) {
  #expect(NumberList(text)?.ranges == ranges)
}

@Test(
  "Paths are cleaned",
  arguments: [
    ("/", "/"), ("", "/"), ("a", "/a"), ("/a/b", "/a/b"), ("//a///b/", "/a/b"), ("/./a/.", "/a"),
    ("/a/../b", "/b"),
    ("../../a", "/a"), ("/a/../..", "/"), ("/a/...", "/a/..."), ("/..a/b..", "/..a/b.."),
    ("/a/\u{301}../b", "/a/\u{301}../b"),
  ])
func paths(_ path: String, _ clean: String) {
  #expect(Array(cleanPath(path).utf8) == Array(clean.utf8))
}

@Test(
  "Names of kernel parameters become paths",
  arguments: [
    ("net.ipv4.ip_forward", "net/ipv4/ip_forward"), ("net/ipv4/ip_forward", "net/ipv4/ip_forward"),
    ("net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"),
    ("net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.1/forwarding"), ("kernel.sem", "kernel/sem"),
    ("", nil), ("net", nil), ("net.", nil), (".net", nil), ("/net/x", nil), ("net..x", nil), ("net//x", nil),
    ("net/../kernel/core_pattern", nil), ("net.//.kernel.core_pattern", nil), ("net/./x", nil),
    ("net./.x", nil),
    ("net.a b", nil), ("net.a\nb", nil), ("net.a\u{0}", nil),
  ] as [(String, String?)])
func sysctlPaths(_ name: String, _ path: String?) {
  #expect(Sysctl.path(of: name) == path)
}

@Test("Kernel parameters", arguments: sysctlCases)
func sysctlValidation(_ example: ValidationCase) { example.check() }

private let sysctlCases: [ValidationCase] = [
  .linux(nil) {
    $0.sysctl = [
      "net.ipv4.ip_forward": "1", "net/core/somaxconn": "256", "kernel.shmmax": "1",
      "kernel.sem_next_id": "1",
      "fs.mqueue.msg_max": "10", "kernel.domainname": "a",
    ]
  },
  // containerd makes the network namespace of a pod itself and has the container join it.
  .linux(nil) {
    $0.remove(.network)
    $0.namespaces.append(LinuxNamespace(type: .network, path: "/run/netns/cni"))
    $0.sysctl = ["net.ipv4.ping_group_range": "0 1"]
  },
  .linux(#"linux.sysctl["net.ipv4.ip_forward"]: needs a namespace 'network' (add one to linux.namespaces)"#) {
    $0.remove(.network)
    $0.sysctl = ["net.ipv4.ip_forward": "1"]
  },
  .linux(#"linux.sysctl["kernel/shmmax"]: needs a namespace 'ipc' (add one to linux.namespaces)"#) {
    $0.remove(.ipc)
    $0.sysctl = ["kernel/shmmax": "1"]
  },
  .linux(#"linux.sysctl["fs.mqueue.msg_max"]: needs a namespace 'ipc' (add one to linux.namespaces)"#) {
    $0.remove(.ipc)
    $0.sysctl = ["fs.mqueue.msg_max": "1"]
  },
  .linux(#"linux.sysctl["kernel.domainname"]: needs a namespace 'uts' (add one to linux.namespaces)"#) {
    $0.remove(.uts)
    $0.sysctl = ["kernel.domainname": "a"]
  },
  .linux(#"linux.sysctl["user.max_user_namespaces"]: needs a namespace 'user' (add one to linux.namespaces)"#)
  {
    $0.sysctl = ["user.max_user_namespaces": "0"]
  },
  .linux(#"linux.sysctl["kernel.hostname"]: must be set as hostname"#) {
    $0.sysctl = ["kernel.hostname": "a"]
  },
  .linux(#"linux.sysctl["kernel.core_pattern"]: belongs to the whole machine, not to a namespace"#) {
    $0.sysctl = ["kernel.core_pattern": "|/evil"]
  },
  .linux(#"linux.sysctl["vm.swappiness"]: belongs to the whole machine, not to a namespace"#) {
    $0.sysctl = ["vm.swappiness": "1"]
  },
  .linux(#"linux.sysctl["netx.a"]: belongs to the whole machine, not to a namespace"#) {
    $0.sysctl = ["netx.a": "1"]
  },
  .linux(#"linux.sysctl["net/../kernel/core_pattern"]: is no name of a kernel parameter"#) {
    $0.sysctl = ["net/../kernel/core_pattern": "|/evil"]
  },
  .linux(#"linux.sysctl["net/a"]: appears twice"#) { $0.sysctl = ["net.a": "1", "net/a": "2"] },
  .linux(#"linux.sysctl["net.a"]: must not contain a NUL byte"#) { $0.sysctl = ["net.a": "1\u{0}2"] },
]
