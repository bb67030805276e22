import Glibc
import Runtime

/// What `info` tells of the machine.
public struct HostFacts: Sendable {
  public let kernel: String
  /// As `uname -m` has it.
  public let architecture: String
  public let hostname: String
  public let operatingSystem: String
  public let processors: Int
  /// Bytes.
  public let memory: Int64
  /// 2 where that is all there is; 1 where cgroup v1 has controllers as well.
  public let cgroupVersion: Int
  public let securityOptions: [String]

  public init() {
    var names = utsname()
    uname(&names)
    kernel = Self.text(names.release)
    architecture = Self.text(names.machine)
    hostname = Self.text(names.nodename)
    operatingSystem = Self.operatingSystem
    processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
    cgroupVersion = Files.exists("/sys/fs/cgroup/cgroup.controllers") ? 2 : 1
    let hasAppArmor = (try? Files.read("/sys/module/apparmor/parameters/enabled"))?.first == UInt8(ascii: "Y")
    securityOptions =
      (hasAppArmor ? ["name=apparmor"] : []) + ["name=seccomp,profile=builtin", "name=cgroupns"]
  }

  /// The architecture as Go and images name it.
  public var goArchitecture: String {
    switch architecture {
    case "x86_64": "amd64"
    case "aarch64": "arm64"
    default: architecture
    }
  }

  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Source: os-release(5).
  private static var operatingSystem: String {
    let bytes = (try? Files.read("/etc/os-release")) ?? (try? Files.read("/usr/lib/os-release")) ?? []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line, as: UTF8.self)
      guard text.hasPrefix("PRETTY_NAME=") else { continue }
      let value = text.dropFirst("PRETTY_NAME=".count)
      return String(value.hasPrefix("\"") ? value.dropFirst().dropLast() : value)
    }
    return "Linux"
  }
}
