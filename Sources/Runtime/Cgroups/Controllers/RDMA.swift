import OCISpec

extension CgroupLowering {
  /// Handles and objects of RDMA devices. Source: admin-guide/cgroup-v1/rdma.rst; cgroup v2 is the same.
  mutating func lower(_ devices: [String: LinuxRdma]) throws {
    for (name, limits) in devices.sorted(by: { $0.key < $1.key }) {
      let field = "linux.resources.rdma"
      // One line of the file is one device and its limits, separated by blanks.
      if name.isEmpty || name.utf8.contains(where: { $0 <= UInt8(ascii: " ") }) {
        throw Failure(field, reason: "`\(name)` is no name of a device")
      }
      let folder =
        switch try place(.rdma, for: field) {
        case .unified(let leaf), .legacy(let leaf): leaf
        }
      var value = name
      if let handles = limits.hcaHandles { value += " hca_handle=\(handles)" }
      if let objects = limits.hcaObjects { value += " hca_object=\(objects)" }
      if value == name {
        throw Failure("\(field).\(name)", reason: "must have hcaHandles or hcaObjects")
      }
      write(folder, "rdma.max", value, "\(field).\(name)", "the most handles and objects")
    }
  }
}
