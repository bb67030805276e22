import CShim
import Glibc

extension DeviceFilter {
  /// The name under which `bpftool` shows our programs, and by which an update finds the one to replace.
  static let programName = "swiftainer_dev"

  /// Puts the filter in force on a cgroup, in place of the one we attached before, if any; filters of others
  /// stay, and every one of them must agree to an access. There is no moment without a filter.
  ///
  /// The corresponding C function is `bpf`.
  ///
  /// - Parameters:
  ///   - cgroup: an open folder of cgroup v2.
  ///   - replacing: whether there may be an earlier filter of ours; false saves the look.
  /// - Throws: `Failure` naming `linux.resources.devices`.
  func attach(
    to cgroup: borrowing OwnedFD, of folder: String, replacing: Bool,
    telling listener: KernelCallListener = .nobody
  ) throws {
    var old: [OwnedProgram] = replacing ? try Self.ours(on: cgroup, of: folder) : []
    if !allowsEverything {
      let code = program
      let descriptor = shim_bpf_load_device_filter(code, code.count, Self.programName)
      listener.tell(.loadDeviceFilter(Self.programName, instructions: code.count), descriptor)
      if descriptor < 0 { throw Self.failure("load the device filter", "", -descriptor) }
      let new = OwnedFD(descriptor)
      var result: CInt = -EINVAL
      if old.count == 1 {
        result = shim_bpf_attach_device_filter(cgroup.raw, new.raw, old[0].descriptor.raw)
        listener.tell(
          .attachDeviceFilter(.number(new.raw), to: .number(cgroup.raw), for: old[0].descriptor.raw), result)
        if result == 0 { old = [] }
      }
      // Kernels before 5.6 cannot replace: then both filters hold for a moment, never none.
      if result == -EINVAL {
        result = shim_bpf_attach_device_filter(cgroup.raw, new.raw, -1)
        listener.tell(.attachDeviceFilter(.number(new.raw), to: .number(cgroup.raw)), result)
      }
      if result < 0 { throw Self.failure("attach the device filter to", folder, -result) }
    }
    for program in old {
      let result = shim_bpf_detach_device_filter(cgroup.raw, program.descriptor.raw)
      if result < 0 { throw Self.failure("detach the former device filter from", folder, -result) }
    }
  }

  /// The programs of ours that are attached to the cgroup itself.
  private static func ours(on cgroup: borrowing OwnedFD, of folder: String) throws -> [OwnedProgram] {
    // The kernel allows 64 programs on a cgroup.
    var ids = [UInt32](repeating: 0, count: 64)
    let count = shim_bpf_device_filters(cgroup.raw, &ids, 64)
    if count < 0 { throw failure("list the device filters of", folder, -count) }
    return try ids.prefix(Int(count)).compactMap { id in
      let descriptor = shim_bpf_open_program(id)
      if descriptor < 0 { throw failure("open a device filter of", folder, -descriptor) }
      let program = OwnedProgram(OwnedFD(descriptor))
      var name = [CChar](repeating: 0, count: 16)
      let result = shim_bpf_program_name(program.descriptor.raw, &name)
      if result < 0 { throw failure("read the name of a device filter of", folder, -result) }
      return programName.utf8.elementsEqual(name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
        ? program : nil
    }
  }

  private static func failure(_ operation: String, _ subject: String, _ code: CInt) -> Failure {
    let hint: String? =
      switch code {
      case EPERM: "device filters need CAP_BPF, CAP_NET_ADMIN or CAP_SYS_ADMIN on the host"
      case EINVAL, ENOSYS: "the kernel needs CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF"
      default: nil
      }
    return Failure(
      "linux.resources.devices: " + operation, subject, errno: code, hint: hint)
  }
}

/// A loaded program's descriptor in a form that an array can hold.
private final class OwnedProgram {
  let descriptor: OwnedFD
  init(_ descriptor: consuming OwnedFD) { self.descriptor = descriptor }
}
