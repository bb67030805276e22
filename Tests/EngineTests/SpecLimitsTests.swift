import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct SpecLimitsTests {
  let built = Built()

  func resources(_ change: (inout ResourceLimits) throws -> Void) throws -> LinuxResources? {
    try built.build { try change(&$0.limits) }.linux?.resources
  }

  @Test func plain() throws {
    let resources = try resources {
      $0.memory = 64 << 20
      $0.nanoCPUs = 1_500_000_000
      $0.cpuset = "0"
      $0.pids = 10
    }
    #expect(resources?.memory == LinuxMemory(limit: 64 << 20, swap: 128 << 20))
    #expect(resources?.cpu == LinuxCPU(quota: 150_000, period: 100_000, cpus: "0"))
    #expect(resources?.pids?.limit == 10)
  }

  @Test func fine() throws {
    let resources = try resources {
      $0.memory = 64 << 20
      $0.memoryReservation = 32 << 20
      $0.memorySwappiness = 0
      $0.disablesOOMKiller = true
      $0.cpuShares = 512
      $0.cpuQuota = 20_000
      $0.cpuPeriod = 50_000
      $0.memoryNodes = "0"
      $0.blockWeight = 300
    }
    #expect(
      resources?.memory
        == LinuxMemory(
          limit: 64 << 20, reservation: 32 << 20, swap: 128 << 20, swappiness: 0, disableOOMKiller: true))
    #expect(resources?.cpu == LinuxCPU(shares: 512, quota: 20_000, period: 50_000, mems: "0"))
    #expect(resources?.blockIO == LinuxBlockIO(weight: 300))
  }

  @Test func swap() throws {
    func swap(_ memory: Int64?, _ swap: Int64?) throws -> Int64? {
      try resources {
        $0.memory = memory
        $0.memorySwap = swap
      }?.memory?.swap
    }
    let memory: Int64 = 6 << 20
    #expect(try swap(memory, memory) == memory)
    #expect(try swap(memory, -1) == -1)
    #expect(throws: Failure.self) { try swap(memory, memory - 1) }
    #expect(throws: Failure.self) { try swap(nil, memory) }
    #expect(throws: Failure("--memory", reason: "minimum memory limit allowed is 6MB")) {
      try swap(memory - 1, nil)
    }
  }

  @Test func contradictions() throws {
    #expect(throws: Failure.self) {
      try resources {
        $0.memory = 6 << 20
        $0.memoryReservation = 7 << 20
      }
    }
    #expect(
      throws: Failure("conflicting options: --cpus cannot be specified with --cpu-period or --cpu-quota")
    ) {
      try resources {
        $0.nanoCPUs = 1_000_000_000
        $0.cpuPeriod = 1000
      }
    }
  }

  @Test func onlyBlockDevicesHaveRates() throws {
    func failure(_ path: String) -> Failure? {
      #expect(throws: Failure.self) {
        try resources { $0.readBytes = [DeviceRate(path: path, rate: 1)] }
      }
    }
    #expect(failure("/dev/null")?.description == "--device-read-bps /dev/null: not a block device")
    #expect(failure("/dev/no-such")?.errno == ENOENT)
  }

  @Test func sharedMemory() throws {
    let mounts = try built.build { $0.limits.sharedMemory = 1 << 20 }.mounts
    let options = mounts.first { $0.destination == "/dev/shm" }?.options ?? []
    #expect(options.filter { $0.hasPrefix("size=") } == ["size=1048576"])
  }
}

@Suite struct LimitFlagsTests {
  @Test(arguments: [
    ("nofile=1024", Ulimit(name: "nofile", soft: 1024, hard: 1024)),
    ("nofile=10:20", Ulimit(name: "nofile", soft: 10, hard: 20)),
    ("core=-1", Ulimit(name: "core", soft: -1, hard: -1)),
    ("nice=5:-1", Ulimit(name: "nice", soft: 5, hard: -1)),
  ])
  func ulimit(_ text: String, _ limit: Ulimit) throws {
    #expect(try Ulimit(text) == limit)
  }

  @Test(arguments: [
    ("", "not NAME"), ("nofile", "not NAME"), ("wings=1", "unknown limit 'wings'"),
    ("nofile=", "whole numbers"),
    ("nofile=many", "whole numbers"), ("nofile=1:2:3", "whole numbers"), ("nofile=-2", "whole numbers"),
    ("nofile=2:1", "above"), ("nofile=-1:5", "above"),
  ])
  func refusedUlimit(_ text: String, _ reason: String) {
    let failure = #expect(throws: Failure.self) { try Ulimit(text) }
    #expect(failure?.operation == "--ulimit")
    #expect(failure?.reason?.contains(reason) == true)
  }

  @Test func rates() throws {
    #expect(
      try DeviceRate("/dev/sda:1mb", flag: "--x", isSize: true) == DeviceRate(path: "/dev/sda", rate: 1 << 20)
    )
    #expect(
      try DeviceRate("/dev/a:b:7", flag: "--x", isSize: false) == DeviceRate(path: "/dev/a:b", rate: 7))
    #expect(try DeviceRate(weight: "/dev/sda:500") == DeviceRate(path: "/dev/sda", rate: 500))
    for text in ["", "/dev/sda", "sda:1", "/dev/sda:", "/dev/sda:0", "/dev/sda:-1", "/dev/sda:x"] {
      #expect(throws: Failure.self) { try DeviceRate(text, flag: "--x", isSize: true) }
      #expect(throws: Failure.self) { try DeviceRate(text, flag: "--x", isSize: false) }
      #expect(throws: Failure.self) { try DeviceRate(weight: text) }
    }
    #expect(throws: Failure.self) { try DeviceRate("/dev/sda:1mb", flag: "--x", isSize: false) }
    #expect(throws: Failure.self) { try DeviceRate(weight: "/dev/sda:9") }
    #expect(throws: Failure.self) { try DeviceRate(weight: "/dev/sda:1001") }
  }
}
