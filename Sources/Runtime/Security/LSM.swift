import OCISpec

/// The security modules of the running kernel that label processes, and what has to be written for a label.
///
/// Source: Documentation/admin-guide/LSM, proc_pid_attr(5), runtime-spec 1.3.0 (config.md, "Linux Process").
public struct LSM: Equatable, Sendable {
  /// Whether AppArmor profiles can be applied here.
  public var appArmor: AppArmor
  /// Whether SELinux is enabled and has a policy loaded.
  public var hasSELinux: Bool

  /// How far AppArmor is at hand.
  public enum AppArmor: Equatable, Sendable {
    case absent
    /// Enabled, with files of its own below `attr/apparmor` (Linux 5.8 and later) or without.
    case enabled(ownFiles: Bool)
  }

  /// A file below `/proc/thread-self` and what has to be written to it by the process concerned.
  public struct Attribute: Equatable, Sendable {
    /// As in `attr/exec`.
    public var path: String
    public var value: String

    public init(path: String, value: String) {
      self.path = path
      self.value = value
    }
  }

  public init(appArmor: AppArmor = .absent, hasSELinux: Bool = false) {
    self.appArmor = appArmor
    self.hasSELinux = hasSELinux
  }

  /// Looks at the running kernel.
  ///
  /// AppArmor counts as absent without its folder in securityfs: inside another container its switch can be
  /// seen although none of its profiles can be used. SELinux counts as absent until a policy is loaded: until
  /// then every process is labelled `kernel`.
  /// - Parameter root: a folder that stands for `/`, for tests.
  public static func detect(root: String = "") -> LSM {
    let enabled = text(root + "/sys/module/apparmor/parameters/enabled").hasPrefix("Y")
    var result = LSM()
    if enabled, Files.exists(root + "/sys/kernel/security/apparmor") {
      result.appArmor = .enabled(ownFiles: Files.exists(root + "/proc/thread-self/attr/apparmor/exec"))
    }
    if Files.exists(root + "/sys/fs/selinux/enforce") {
      let label = text(root + "/proc/thread-self/attr/current")
      result.hasSELinux = !label.isEmpty && !label.hasPrefix("kernel")
    }
    return result
  }

  /// What to write so that the next execve(2) takes on the labels of a configuration, in this order.
  ///
  /// An empty or absent label asks for nothing, and neither does the AppArmor profile `unconfined` where there
  /// is no AppArmor. With SELinux, keys made by the container's processes get the label too.
  /// Throws `SpecError` naming the member whose module this kernel lacks.
  public func execAttributes(
    appArmorProfile: String?, selinuxLabel: String?
  ) throws(SpecError) -> [Attribute] {
    var attributes: [Attribute] = []
    if let label = selinuxLabel, !label.isEmpty {
      guard hasSELinux else {
        throw SpecError("process.selinuxLabel", "SELinux is not enabled on this machine")
      }
      attributes.append(Attribute(path: "attr/keycreate", value: label))
      attributes.append(Attribute(path: "attr/exec", value: label))
    }
    if let profile = appArmorProfile, !profile.isEmpty {
      switch appArmor {
      case .enabled(let ownFiles):
        let path = ownFiles ? "attr/apparmor/exec" : "attr/exec"
        attributes.append(Attribute(path: path, value: "exec " + profile))
      case .absent where profile != "unconfined":
        throw SpecError("process.apparmorProfile", "AppArmor is not enabled on this machine")
      case .absent: break
      }
    }
    return attributes
  }

  /// The value of the `context` option for the container's new file systems; `nil` where there is no label.
  /// Throws `SpecError` naming `linux.mountLabel` where this kernel has no SELinux.
  ///
  /// It is given to `fsconfig(2)` as it is; in an option string of mount(2) it needs double quotes around it,
  /// for a label may hold commas.
  public func mountContext(_ label: String?) throws(SpecError) -> String? {
    guard let label, !label.isEmpty else { return nil }
    guard hasSELinux else { throw SpecError("linux.mountLabel", "SELinux is not enabled on this machine") }
    return label
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? Files.read(path)) ?? [], as: UTF8.self)
  }
}
