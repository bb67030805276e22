import Testing

@testable import OCISpec

/// A configuration that is right but for one change, and the error that is expected; nil where it stays
/// right.
struct ValidationCase: CustomTestStringConvertible, Sendable {
  var error: String?
  var change: @Sendable (inout Spec) -> Void

  init(_ error: String?, _ change: @escaping @Sendable (inout Spec) -> Void) {
    self.error = error
    self.change = change
  }

  /// A change of the process.
  static func process(_ error: String?, _ change: @escaping @Sendable (inout Process) -> Void)
    -> ValidationCase
  {
    ValidationCase(error) { spec in
      var process = spec.process ?? Process()
      change(&process)
      spec.process = process
    }
  }

  /// A change of the Linux part.
  static func linux(_ error: String?, _ change: @escaping @Sendable (inout Linux) -> Void) -> ValidationCase {
    ValidationCase(error) { spec in
      var linux = spec.linux ?? Linux()
      change(&linux)
      spec.linux = linux
    }
  }

  /// A change of the limits.
  static func resources(
    _ error: String?, _ change: @escaping @Sendable (inout LinuxResources) -> Void
  ) -> ValidationCase {
    .linux(error) { linux in
      var resources = linux.resources ?? LinuxResources()
      change(&resources)
      linux.resources = resources
    }
  }

  /// A mount besides none.
  static func mount(_ error: String?, _ mount: Mount) -> ValidationCase {
    ValidationCase(error) { $0.mounts = [mount] }
  }

  var testDescription: String { error ?? "accepted" }

  func check() {
    var spec = Spec(
      root: Root(path: "rootfs"), process: Process(args: ["sh"]),
      linux: Linux(namespaces: [.pid, .network, .mount, .ipc, .uts].map { LinuxNamespace(type: $0) }))
    change(&spec)
    let text = errorText { try spec.validate() }
    #expect(text == error ?? "no error")
    // Whatever is refused is refused the same way after a detour through JSON, or by the decoder already.
    let again = errorText { try SpecDecoder.decode(spec.json()).validate() }
    #expect((again == "no error") == (error == nil) || spec.hasEmptyTexts, "\(again)")
  }
}

extension Spec {
  /// Empty texts made in code are absent once they went through JSON.
  fileprivate var hasEmptyTexts: Bool {
    hostname == "" || linux?.namespaces.contains { $0.path == "" } ?? false || linux?.intelRdt?.closID == ""
      || mounts.contains { $0.source == "" }
  }
}

extension Linux {
  /// Adds a user namespace with one range of IDs.
  mutating func addUserNamespace(size: UInt32 = 65536) {
    namespaces.append(LinuxNamespace(type: .user))
    uidMappings = [LinuxIDMapping(containerID: 0, hostID: 100_000, size: size)]
    gidMappings = uidMappings
  }

  mutating func remove(_ type: LinuxNamespaceType) { namespaces.removeAll { $0.type == type } }
}
