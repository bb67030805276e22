import Glibc
import Runtime

/// Where everything about everyday containers is kept.
public struct EngineRoots: Sendable, Equatable {
  /// What outlives a reboot; absolute.
  public let data: String
  /// What a reboot may take; absolute.
  public let run: String

  public init(data: String, run: String) {
    self.data = Files.absolute(data)
    self.run = Files.absolute(run)
  }

  /// As the environment has it: `SWIFTAINER_DATA_ROOT` and `SWIFTAINER_RUN_ROOT`.
  public static func fromEnvironment() -> EngineRoots {
    func value(_ name: String, _ usual: String) -> String {
      guard let text = getenv(name), text.pointee != 0 else { return usual }
      return String(cString: text)
    }
    return EngineRoots(
      data: value("SWIFTAINER_DATA_ROOT", "/var/lib/swiftainer"),
      run: value("SWIFTAINER_RUN_ROOT", "/run/swiftainer"))
  }

  public var containers: String { data + "/containers" }
  public var names: String { data + "/names" }
  public var volumes: String { data + "/volumes" }
  public var networks: String { data + "/networks" }
  public var images: String { data + "/images" }
  public var layers: String { data + "/layers" }
  // `~` is in no container's ID: these folders stand beside the runtime's own.
  public var monitors: String { run + "/~monitors" }
  public var events: String { run + "/~events" }

  /// The runtime's own states.
  public var store: ContainerStore { ContainerStore(root: run) }

  func folder(of id: String) -> String { containers + "/" + id }
  func socket(of id: String) -> String { monitors + "/" + id + ".sock" }

  /// Makes the folders that every container needs.
  func prepare() throws(Failure) {
    for folder in [containers, names] { try Files.makeFolders(folder, mode: 0o710) }
    try Files.makeFolders(run, mode: 0o711)
    try Files.makeFolders(monitors, mode: 0o700)
  }
}
