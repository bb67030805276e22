import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct NetworkFilesTests {
  func files(
    _ change: (inout NetworkOptions) throws -> Void = { _ in }, domain: String? = nil,
    addresses: [String] = [],
    gateway: String? = nil,
    host: NetworkFiles.Host = .init(hosts: "10.0.0.1 me\n", resolver: "nameserver 8.8.8.8")
  ) throws -> NetworkFiles {
    var network = NetworkOptions()
    try change(&network)
    return try NetworkFiles(
      network, hostname: "box", domainname: domain, addresses: addresses, gateway: gateway, host: host)
  }

  @Test func itsOwn() throws {
    let files = try files()
    #expect(files.hosts.hasPrefix("127.0.0.1\tlocalhost\n::1\t"))
    #expect(files.hosts.hasSuffix("\n127.0.0.1\tbox\n"))
    #expect(!files.hosts.contains("me"))
    #expect(files.hostname == "box\n")
    #expect(files.resolver == "nameserver 8.8.8.8\n")
  }

  @Test func inANetwork() throws {
    let files = try files(
      {
        $0.mode = try NetworkMode(networks: ["name=front,alias=db"], flags: NetworkWish(""))
        $0.hosts = [try HostEntry("h:host-gateway"), try HostEntry("a=::2")]
      }, domain: "example.org", addresses: ["10.1.0.2", "fd00::2"], gateway: "10.1.0.1")
    #expect(
      files.hosts.hasSuffix(
        "10.1.0.1\th\n::2\ta\n10.1.0.2\tbox.example.org box db\nfd00::2\tbox.example.org box db\n"))
  }

  @Test func ofTheHost() throws {
    let files = try files { network in
      network.mode = .host
      network.hosts = [try HostEntry("h:host-gateway")]
    }
    #expect(files.hosts == "10.0.0.1 me\n127.0.0.1\th\n")
    #expect(files.resolver == "nameserver 8.8.8.8")
  }

  @Test func noWayToTheHost() {
    let failure = #expect(throws: Failure.self) {
      try files { $0.hosts = [HostEntry(name: "h", address: HostEntry.gateway)] }
    }
    #expect(failure?.operation == "--add-host")
  }

  static let resolver = """
    # comment
    nameserver 127.0.0.53
    search a b
    search c
    options ndots:1 ; more
    """

  @Test func resolver() throws {
    func text(_ change: (inout NetworkOptions) -> Void, upstream: String? = nil) throws -> String {
      try files(change, host: .init(hosts: "", resolver: Self.resolver, upstream: upstream)).resolver
    }
    #expect(try text { _ in } == "search c\noptions ndots:1\n")
    #expect(
      try text({ _ in }, upstream: "nameserver 9.9.9.9\n")
        == "nameserver 9.9.9.9\nsearch c\noptions ndots:1\n")
    #expect(
      try text { $0.dns = ["1.1.1.1", "::1"] }
        == "nameserver 1.1.1.1\nnameserver ::1\nsearch c\noptions ndots:1\n")
    #expect(
      try text {
        $0.dnsSearch = ["."]
        $0.dnsOptions = ["a", "b"]
      } == "options a b\n")
    #expect(
      try text {
        $0.mode = .host
        $0.dnsSearch = ["x", "y"]
      } == "nameserver 127.0.0.53\nsearch x y\noptions ndots:1\n")
  }
}

@Suite struct NetworkOptionsTests {
  @Test(
    arguments: [
      ("80", [(nil, nil, "80/tcp")]), ("80/UDP", [(nil, nil, "80/udp")]),
      ("8080:80", [(nil, "8080-8080", "80/tcp")]),
      ("127.0.0.1:8080:80/sctp", [("127.0.0.1", "8080-8080", "80/sctp")]),
      ("127.0.0.1::80", [("127.0.0.1", nil, "80/tcp")]),
      ("[::1]:8080:80", [("::1", "8080-8080", "80/tcp")]), ("::1:8080:80", [("::1", "8080-8080", "80/tcp")]),
      (":80", [(nil, nil, "80/tcp")]), ("0:80", [(nil, nil, "80/tcp")]),
      ("127.0.0.1:0:80/udp", [("127.0.0.1", nil, "80/udp")]),
      ("0.0.0.0:80:80", [("0.0.0.0", "80-80", "80/tcp")]),
      ("8000-8001:80-81", [(nil, "8000-8000", "80/tcp"), (nil, "8001-8001", "81/tcp")]),
      ("8000-8009:80", [(nil, "8000-8009", "80/tcp")]),
      ("80-81", [(nil, nil, "80/tcp"), (nil, nil, "81/tcp")]),
    ] as [(String, [(String?, String?, String)])])
  func published(_ text: String, _ expected: [(String?, String?, String)]) throws {
    let ports = try PublishedPort.ports(text).map { port in
      (
        port.address, port.host.map { "\($0.lowerBound)-\($0.upperBound)" },
        "\(port.container.port)/\(port.container.transport.rawValue)"
      )
    }
    #expect(ports.elementsEqual(expected, by: ==))
  }

  @Test(arguments: [
    "", "x", "0", "80:0", "0-1:80", "65536", "80/", "80/icmp", "80-", "81-80", "8000-8002:80-81",
    "1.2.3:80:80", "[::1]80",
    "[::1]:80",
    "[::1:80:80", "a:b:80:80", "80:x", "-80",
  ])
  func refusedPublished(_ text: String) {
    let failure = #expect(throws: Failure.self) { try PublishedPort.ports(text) }
    #expect(failure?.operation == "--publish")
  }

  @Test func exposed() throws {
    #expect(
      try ContainerPort.ports("80-81/udp")
        == [ContainerPort(port: 80, transport: .udp), ContainerPort(port: 81, transport: .udp)])
    #expect(throws: Failure.self) { try ContainerPort.ports("80:80") }
  }

  @Test func networks() {
    #expect(NetworkMode(word: "none") == .loopback)
    #expect(NetworkMode(word: "host") == .host)
    #expect(NetworkMode(word: "container:a") == .container("a"))
    #expect(NetworkMode(word: "front") == .networks([NetworkWish("front")]))
    #expect(NetworkMode(word: "") == nil)
    #expect(NetworkMode(word: "container:") == nil)
  }

  @Test func hosts() throws {
    #expect(try HostEntry("a:1.2.3.4") == HostEntry(name: "a", address: "1.2.3.4"))
    #expect(try HostEntry("a:::1") == HostEntry(name: "a", address: "::1"))
    #expect(try HostEntry("a=[::1]") == HostEntry(name: "a", address: "::1"))
    for text in ["", "a", ":1.2.3.4", "a:", "a:1.2.3", "a b:1.2.3.4", "a:example.org"] {
      #expect(throws: Failure.self) { try HostEntry(text) }
    }
  }
}

@Suite struct WordTests {
  @Test(arguments: [
    ("no", RestartPolicy.no), ("always", .always), ("unless-stopped", .unlessStopped),
    ("on-failure", .onFailure(most: nil)), ("on-failure:3", .onFailure(most: 3)),
    ("on-failure:0", .onFailure(most: nil)),
  ])
  func restart(_ text: String, _ policy: RestartPolicy) throws {
    #expect(try RestartPolicy(flag: text) == policy)
    #expect(RestartPolicy(word: policy.word) == policy)
  }

  @Test(arguments: ["", "maybe", "always:3", "on-failure:", "on-failure:x", "on-failure:-1", "no:1"])
  func refusedRestart(_ text: String) {
    let failure = #expect(throws: Failure.self) { try RestartPolicy(flag: text) }
    #expect(failure?.operation == "--restart")
  }

  @Test(
    arguments: [
      ("ctrl-p,ctrl-q", [0x10, 0x11]), ("a", [0x61]), ("ctrl-@", [0]),
      ("ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0x1B, 0x1C, 0x1D, 0x1E, 0x1F]),
      ("ctrl-z,Z,~", [0x1A, 0x5A, 0x7E]),
    ] as [(String, [UInt8])])
  func detachKeys(_ text: String, _ bytes: [UInt8]) throws {
    let keys = try DetachKeys(flag: text)
    #expect(keys.bytes == bytes)
    #expect(DetachKeys(word: keys.word) == keys)
  }

  @Test(arguments: ["", ",", "a,", "ctrl-", "ctrl-1", "ctrl-A", "ctrl-aa", "shift-a", "ä"])
  func refusedDetachKeys(_ text: String) {
    let failure = #expect(throws: Failure.self) { try DetachKeys(flag: text) }
    #expect(failure?.operation == "--detach-keys")
  }

  @Test func spans() throws {
    #expect(try HealthOptions.span("1m30s", flag: "--x") == 90_000_000_000)
    #expect(try HealthOptions.span("0", flag: "--x") == 0)
    for text in ["", "30", "-1s", "1us", "soon"] {
      #expect(throws: Failure.self) { try HealthOptions.span(text, flag: "--x") }
    }
  }
}

@Suite struct KeyValueTests {
  let scratch = Scratch()

  func file(_ text: String) -> String {
    scratch.write(text, to: "file")
    return scratch.path + "/file"
  }

  @Test func variables() throws {
    setenv("SWIFTAINER_TEST_GIVEN", "yes", 1)
    defer { unsetenv("SWIFTAINER_TEST_GIVEN") }
    #expect(try KeyValue.variable("A=1=2") == "A=1=2")
    #expect(try KeyValue.variable("A=") == "A=")
    #expect(try KeyValue.variable("SWIFTAINER_TEST_GIVEN") == "SWIFTAINER_TEST_GIVEN=yes")
    #expect(try KeyValue.variable("SWIFTAINER_TEST_MISSING") == "SWIFTAINER_TEST_MISSING")
    for text in ["", "=", "=x"] { #expect(throws: Failure.self) { try KeyValue.variable(text) } }
    let path = file(
      "\u{FEFF}A=1\n# comment\n\n  B = 2\r\nSWIFTAINER_TEST_GIVEN\nSWIFTAINER_TEST_MISSING\nC=x y ")
    #expect(throws: Failure.self) { try KeyValue.variables(file: path) }
    #expect(
      try KeyValue.variables(
        file: file(
          "\u{FEFF}A=1\n# comment\n\n  B= 2\r\nSWIFTAINER_TEST_GIVEN\nSWIFTAINER_TEST_MISSING\nC=x y "))
        == ["A=1", "B= 2", "SWIFTAINER_TEST_GIVEN=yes", "C=x y "])
  }

  @Test func labels() throws {
    #expect(try KeyValue.label("a=b=c") == ("a", "b=c"))
    #expect(try KeyValue.label("a") == ("a", ""))
    #expect(try KeyValue.labels(file: file("a=1\nb\n")).map(\.name) == ["a", "b"])
    #expect(throws: Failure.self) { try KeyValue.label("=x") }
    #expect(throws: Failure.self) { try KeyValue.labels(file: "/no/such/file") }
    #expect(throws: Failure.self) { try KeyValue.labels(file: file("=x")) }
  }

  @Test func pairs() throws {
    #expect(try KeyValue.strictPair("a=", flag: "--sysctl") == ("a", ""))
    for text in ["", "a", "=x"] {
      #expect(throws: Failure.self) { try KeyValue.strictPair(text, flag: "--sysctl") }
    }
  }
}
