extension Features: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("ociVersionMin", ociVersionMin)
      writer.member("ociVersionMax", ociVersionMax)
      writer.member("hooks", hooks)
      writer.member("mountOptions", mountOptions)
      writer.member("linux", linux)
      writer.member("annotations", annotations)
      writer.member("potentiallyUnsafeConfigAnnotations", potentiallyUnsafeConfigAnnotations)
    }
  }
}

extension LinuxFeatures: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("namespaces", namespaces)
      writer.member("capabilities", capabilities)
      writer.member("cgroup", cgroup)
      writer.member("seccomp", seccomp)
      writer.member("apparmor", apparmor)
      writer.member("selinux", selinux)
      writer.member("intelRdt", intelRdt)
      writer.member("memoryPolicy", memoryPolicy)
      writer.member("mountExtensions", mountExtensions)
      writer.member("netDevices", netDevices)
    }
  }
}

extension FeatureSwitch: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("enabled", enabled)
    }
  }
}

extension CgroupFeatures: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("v1", v1)
      writer.member("v2", v2)
      writer.member("systemd", systemd)
      writer.member("systemdUser", systemdUser)
      writer.member("rdma", rdma)
    }
  }
}

extension SeccompFeatures: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("enabled", enabled)
      writer.member("actions", actions)
      writer.member("operators", operators)
      writer.member("archs", archs)
      writer.member("knownFlags", knownFlags)
      writer.member("supportedFlags", supportedFlags)
    }
  }
}

extension IntelRdtFeatures: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("enabled", enabled)
      writer.member("schemata", schemata)
      writer.member("monitoring", monitoring)
    }
  }
}

extension MemoryPolicyFeatures: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("modes", modes)
      writer.member("flags", flags)
    }
  }
}

extension MountExtensions: JSONWritable {
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("idmap", idmap)
    }
  }
}
