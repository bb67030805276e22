import Networking
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct ListingTests {
  private static let now = Moment("2026-01-01T12:00:00Z")!

  private static func status(
    _ state: ContainerStatus.State, _ change: (inout ContainerStatus) -> Void = { _ in }
  )
    -> ContainerStatus
  {
    var status = ContainerStatus()
    status.state = state
    status.startedAt = "2026-01-01T11:57:00Z"
    change(&status)
    return status
  }

  private static func health(_ health: Health.Status) -> Health {
    var found = Health()
    found.status = health
    return found
  }

  @Test(
    arguments: [
      (status(.created), "Created"),
      (status(.running), "Up 3 minutes"),
      (status(.running) { $0.health = health(.starting) }, "Up 3 minutes (health: starting)"),
      (status(.running) { $0.health = health(.unhealthy) }, "Up 3 minutes (unhealthy)"),
      (status(.paused) { $0.health = health(.healthy) }, "Up 3 minutes (Paused)"),
      (
        status(.exited) { ($0.exitCode, $0.finishedAt) = (137, "2026-01-01T11:58:59Z") },
        "Exited (137) About a minute ago"
      ),
      (
        status(.restarting) { ($0.exitCode, $0.finishedAt) = (1, "2026-01-01T11:59:57Z") },
        "Restarting (1) 3 seconds ago"
      ),
      (status(.dead), "Dead"),
      (status(.removing), "Removal In Progress"),
    ] as [(ContainerStatus, String)])
  func statusTexts(status: ContainerStatus, text: String) { #expect(status.text(now: Self.now) == text) }

  @Test func commandTexts() {
    #expect(StoredContainer.commandText(["sh", "-c", "sleep 5; exit"]) == "sh -c 'sleep 5; exit'")
    #expect(StoredContainer.commandText(["my program"]) == "my program")
  }

  @Test func portTexts() {
    func host(_ address: String, _ port: UInt16, to inner: UInt16, _ transport: Transport = .tcp)
      -> ListedPort
    {
      ListedPort(host: (address, port), port: inner, transport: transport)
    }
    #expect(ListedPort.text([]) == "")
    #expect(ListedPort.text([ListedPort(port: 9988)]) == "9988/tcp")
    #expect(
      ListedPort.text([host("0.0.0.0", 8080, to: 80), ListedPort(port: 53, transport: .udp)])
        == "53/udp, 0.0.0.0:8080->80/tcp")
    #expect(ListedPort.text([host("::", 80, to: 80)]) == "[::]:80->80/tcp")
    #expect(ListedPort.text((3...5).map { host("127.0.0.1", $0, to: $0) }) == "127.0.0.1:3-5->3-5/tcp")
    #expect(ListedPort.text([1, 2, 7].map { ListedPort(port: $0) }) == "1-2/tcp, 7/tcp")
  }

  private static func listed(
    _ name: String, _ created: String, _ status: ContainerStatus,
    _ change: (inout RunOptions) -> Void = { _ in }
  ) -> ListedContainer {
    var options = RunOptions(image: "./box")
    change(&options)
    return ListedContainer(
      StoredContainer(
        roots: EngineRoots(data: "/data", run: "/run"),
        id: String(repeating: String(name.prefix(1)), count: 64),
        name: name,
        created: created, imagePlace: "/images/box", options: options), status: status)
  }

  private static let all = [
    listed("cache", "2026-01-03T00:00:00Z", status(.running) { $0.health = health(.healthy) }) {
      $0.labels = ["role": "db", "tier": "1"]
      $0.mounts = [MountFlag(.bind(source: "/srv/data", makesSource: true), target: "/data")]
    },
    listed(
      "beta", "2026-01-02T00:00:00Z",
      status(.exited) { ($0.exitCode, $0.finishedAt) = (3, "2026-01-01T11:59:57Z") }
    ) {
      $0.labels = ["role": "web"]
      $0.network.mode = .host
      $0.network.published = [PublishedPort(host: 8080...8080, container: ContainerPort(port: 80))]
    },
    listed("alpha", "2026-01-01T00:00:00Z", ContainerStatus()),
  ]

  @Test(
    arguments: [
      ([], "cache beta alpha"),
      (["name=a"], "cache beta alpha"), (["name=^al"], "alpha"), (["name=/beta"], "beta"),
      (["name=alpha", "name=beta"], "beta alpha"), (["name=alpha", "status=running"], ""),
      (["id=bb"], "beta"), (["id=^c"], "cache"),
      (["label=role"], "cache beta"), (["label=role=db"], "cache"), (["label=role=db", "label=tier=2"], ""),
      (["exited=3"], "beta"), (["exited=0"], ""), (["exited=3", "exited=4"], "beta"),
      (["status=exited", "status=created"], "beta alpha"),
      (["health=healthy"], "cache"), (["health=none"], "beta alpha"),
      (["before=cache"], "beta alpha"), (["since=alpha"], "cache beta"),
      (["since=alpha", "before=cache"], "beta"),
      (["ancestor=./box"], "cache beta alpha"), (["ancestor=/images/box"], "cache beta alpha"),
      (["ancestor=other"], ""),
      (["network=host"], "beta"), (["network=none"], "cache alpha"),
      (["volume=/data"], "cache"), (["volume=/srv/data"], "cache"), (["volume=/srv"], ""),
      (["publish=80"], "beta"), (["publish=79-81/tcp"], "beta"), (["publish=80/udp"], ""),
      ([" NAME = alpha "], "alpha"),
    ] as [([String], String)])
  func filters(words: [String], names: String) throws {
    let filter = try ContainerFilter(words) { word in try #require(Self.all.first { $0.name == word }) }
    #expect(Self.all.filter(filter.keeps).map(\.name).joined(separator: " ") == names)
  }

  @Test(
    arguments: [
      ("name", "--filter name: not KEY=VALUE"),
      ("colour=red", "unknown filter 'colour'"),
      ("status=up", "unknown status 'up'"),
      ("exited=all", "not an exit code"),
      ("health=fine", "unknown health 'fine'"),
      ("name=(", "not a regular expression"),
      ("publish=http", "'http' is not a port"),
    ] as [(String, String)])
  func badFilters(word: String, text: String) {
    let error = #expect(throws: Failure.self) { _ = try ContainerFilter([word]) { _ in Self.all[0] } }
    #expect(error.map { "\($0)" }?.contains(text) == true, "\(String(describing: error))")
  }

  @Test func damagedOnesAreKeptWhereNothingMoreIsAsked() throws {
    let damaged = ListedContainer(
      id: String(repeating: "d", count: 64), name: "damaged", container: nil, status: Self.status(.dead),
      created: Self.now)
    func keeps(_ words: [String]) throws -> Bool {
      try ContainerFilter(words) { _ in damaged }.keeps(damaged)
    }
    #expect(try keeps([]))
    #expect(try keeps(["status=dead", "name=dam"]))
    #expect(try !keeps(["label=x"]))
  }

  @Test func prunes() throws {
    let filter = try PruneFilter(["label=a", "label!=keep", "until=1h"], now: Self.now)
    let old = Moment("2026-01-01T10:00:00Z")!
    #expect(filter.keeps(labels: ["a": "1"], created: old))
    #expect(!filter.keeps(labels: ["a": "1", "keep": ""], created: old))
    #expect(!filter.keeps(labels: [:], created: old))
    #expect(!filter.keeps(labels: ["a": "1"], created: Self.now))
    #expect(throws: Failure.self) { try PruneFilter(["until=1h", "until=2h"]) }
  }

  @Test func changedLimits() {
    var limits = ResourceLimits()
    (limits.memory, limits.cpuQuota, limits.pids) = (100, 5000, 7)
    var changes = ResourceLimits()
    (changes.memorySwap, changes.nanoCPUs) = (300, 500_000_000)
    let changed = limits.changed(by: changes)
    #expect((changed.memory, changed.memorySwap, changed.pids) == (100, 300, 7))
    #expect((changed.nanoCPUs, changed.cpuQuota) == (500_000_000, nil))
    // Swap counts memory: the kernel is told both.
    #expect(changed.asked(by: changes).memory == 100)
    #expect(changed.asked(by: changes).pids == nil)
  }
}
