import OCISpec
import Runtime
import Testing

@testable import Engine

/// A container is started again from what was kept of its options: they must come back as they were.
@Suite struct RunOptionsTests {
  /// Options in which everything is said.
  static func full() throws -> RunOptions {
    var options = RunOptions(image: "./box")
    options.command = ["sh", "-c", "echo \"a\\b\"", ""]
    options.entrypoint = []
    options.name = "name"
    options.environment = ["A=1", "B=", "C", "PATH=/bin"]
    options.labels = ["a": "1", "b": ""]
    options.annotations = ["org.example": "x=y"]
    options.workingFolder = "/work"
    options.user = "user:group"
    options.groups = ["wheel", "12"]
    options.hostname = "host"
    options.domainname = "example.org"
    options.pull = .never
    options.platform = "linux/amd64"
    options.imageID = "sha256:12"
    options.terminal = true
    options.interactive = true
    options.detached = true
    options.attached = [.input, .error]
    options.passesSignals = false
    options.detachKeys = try DetachKeys(flag: "ctrl-a,x,ctrl-@,ctrl-_")
    options.consoleSize = Box(height: 24, width: 80)
    options.idFile = "/tmp/id"
    options.removesItself = true
    options.restart = .onFailure(most: 3)
    options.initProcess = true
    options.stopSignal = "USR1"
    options.stopTimeout = -1
    options.logDriver = "json-file"
    options.logOptions = ["max-size": "10m"]
    options.readOnly = true
    options.writesImage = true
    options.addedCapabilities = ["NET_ADMIN"]
    options.droppedCapabilities = ["ALL"]
    options.privileged = true
    options.devices = [try DeviceFlag("/dev/null:/dev/x:rw")]
    options.deviceRules = [try DeviceFlag.rule("c 10:* rwm")]
    options.sysctls = ["net.ipv4.ip_forward": "1"]
    options.volumesFrom = [try VolumesFrom("other:ro"), try VolumesFrom("another")]
    options.mounts = try mounts()
    options.limits = try limits()
    options.security = try security()
    options.health = health()
    options.namespaces.pid = .container("x")
    options.namespaces.ipc = .shareable
    options.namespaces.uts = .host
    options.namespaces.cgroup = .own
    options.namespaces.user = .host
    options.network = try network()
    return options
  }

  private static func mounts() throws -> [MountFlag] {
    try [
      MountFlag(volume: "/host:/a:ro,rslave"), MountFlag(volume: "name:/b:nocopy"), MountFlag(volume: "/c"),
      MountFlag(mount: "type=bind,source=/x,target=/d,bind-recursive=writable,readonly"),
      MountFlag(tmpfs: "/e:size=1m,exec"),
    ]
  }

  private static func limits() throws -> ResourceLimits {
    var limits = ResourceLimits()
    limits.memory = 1 << 30
    limits.memorySwap = -1
    limits.memoryReservation = 1 << 20
    limits.memorySwappiness = 0
    limits.disablesOOMKiller = true
    limits.oomScoreAdjustment = -5
    limits.nanoCPUs = 1_500_000_000
    limits.cpuShares = 512
    limits.cpuPeriod = 50_000
    limits.cpuQuota = 25_000
    limits.cpuset = "0-1"
    limits.memoryNodes = "0"
    limits.pids = -1
    limits.blockWeight = 100
    limits.blockWeightDevices = [try DeviceRate(weight: "/dev/sda:200")]
    limits.readBytes = [try DeviceRate("/dev/sda:1mb", flag: "--device-read-bps", isSize: true)]
    limits.writeBytes = [try DeviceRate("/dev/sdb:2mb", flag: "--device-write-bps", isSize: true)]
    limits.readOperations = [try DeviceRate("/dev/sdc:3", flag: "--device-read-iops", isSize: false)]
    limits.writeOperations = [try DeviceRate("/dev/sdd:4", flag: "--device-write-iops", isSize: false)]
    limits.ulimits = [try Ulimit("nofile=10:20"), try Ulimit("core=-1")]
    limits.sharedMemory = 1 << 20
    return limits
  }

  private static func security() throws -> SecurityOptions {
    var security = SecurityOptions()
    for text in [
      "no-new-privileges", "apparmor=unconfined", "label=disable", "label=type:x_t", "label=level:s0:c1,c2",
      "systempaths=unconfined",
    ] { try security.add(text) }
    security.filter = .profile("{\n  \"defaultAction\": \"SCMP_ACT_ALLOW\"\n}")
    return security
  }

  private static func health() -> HealthOptions {
    var health = HealthOptions()
    health.isDisabled = true
    health.test = ["CMD-SHELL", "true || false"]
    health.interval = 1_000_000
    health.timeout = 2
    health.startPeriod = 0
    health.startInterval = 4
    health.retries = 5
    health.onFailure = .restart
    return health
  }

  private static func network() throws -> NetworkOptions {
    var network = NetworkOptions()
    let first = "name=front,alias=db,alias=sql,ip=10.0.0.2,ip6=fd00::2,mac-address=02:00:00:00:00:01"
    network.mode = try NetworkMode(networks: [first, "back"], flags: NetworkWish(""))
    network.dns = ["1.1.1.1"]
    network.dnsSearch = ["example.org"]
    network.dnsOptions = ["ndots:2"]
    network.hosts = [try HostEntry("a:host-gateway"), try HostEntry("b:[::1]")]
    network.exposed = try ContainerPort.ports("80-81/udp")
    network.published = try PublishedPort.ports("127.0.0.1:8080-8090:80") + PublishedPort.ports("53/udp")
    network.publishesAll = true
    return network
  }

  func read(_ text: String) throws -> RunOptions {
    try RunOptions(json: JSONDocument(Array(text.utf8), name: "container.json").root)
  }

  @Test(arguments: [JSONWriter.Layout.compact, .indented(2)])
  func everythingComesBack(_ layout: JSONWriter.Layout) throws {
    let full = try Self.full()
    let text = String(decoding: full.json(layout), as: UTF8.self)
    #expect(try read(text) == full)
  }

  /// A member that is not written would go unnoticed where both are nil: nothing may be as it is by default.
  @Test func everythingIsSaid() throws {
    let plain = RunOptions(image: "x")
    let pairs: [(Any, Any)] = [
      (try Self.full(), plain), (try Self.full().limits, plain.limits),
      (try Self.full().security, plain.security),
      (try Self.full().network, plain.network), (try Self.full().namespaces, plain.namespaces),
      (Self.health(), HealthOptions()),
    ]
    for (full, plain) in pairs {
      for (said, unsaid) in zip(Mirror(reflecting: full).children, Mirror(reflecting: plain).children) {
        #expect("\(said.value)" != "\(unsaid.value)", "\(said.label ?? "")")
      }
    }
  }

  @Test func nothingSaid() throws {
    let plain = RunOptions(image: "box")
    #expect(
      String(decoding: plain.json(), as: UTF8.self)
        == #"{"image":"box","limits":{},"security":{},"namespaces":{},"network":{}}"#)
    #expect(try read(#"{"image": "box"}"#) == plain)
  }

  @Test func unknownMembersAreTolerated() throws {
    #expect(try read(#"{"image": "box", "later": [1], "limits": {"newer": {}}}"#) == RunOptions(image: "box"))
  }

  @Test(arguments: [
    (#"{}"#, "image"), (#"{"image": 1}"#, "image"),
    (#"{"image": "x", "limits": {"pids": "many"}}"#, "limits.pids"),
    (#"{"image": "x", "restart": "sometimes"}"#, "restart"),
    (#"{"image": "x", "mounts": [{"type": "bind", "target": "/x"}]}"#, "mounts[0].type"),
    (#"{"image": "x", "mounts": [{"type": "odd", "target": "/x"}]}"#, "mounts[0].type"),
    (#"{"image": "x", "network": {"mode": ""}}"#, "network.mode"),
    (
      #"{"image": "x", "network": {"published": [{"container": {"port": 70000}}]}}"#,
      "network.published[0].container.port"
    ),
    (#"{"image": "x", "namespaces": {"pid": "container:"}}"#, "namespaces.pid"),
    (#"{"image": "x", "detachKeys": "ctrl-1"}"#, "detachKeys"),
    (#"{"image": "x", "terminal": "yes"}"#, "terminal"),
  ])
  func damage(_ text: String, _ path: String) {
    #expect(performing: { try read(text) }, throws: { ($0 as? SpecError)?.path == path })
  }
}
