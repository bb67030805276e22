import Engine
import OCISpec
import Runtime
import Templates

extension ContainerDetails {
  /// The limits among the rest of what the container is on this machine.
  var resources: [TemplateField] {
    let limits = options.limits
    return [
      TemplateField("CPUShares", jsonName: "CpuShares", .number(limits.cpuShares)),
      TemplateField("Memory", .number(limits.memory)),
      TemplateField("NanoCPUs", jsonName: "NanoCpus", .number(limits.nanoCPUs)),
      TemplateField("CgroupParent", .string("")),
      TemplateField("BlkioWeight", .number(limits.blockWeight)),
      TemplateField("BlkioWeightDevice", Self.rates(limits.blockWeightDevices, "Weight")),
      TemplateField("BlkioDeviceReadBps", Self.rates(limits.readBytes, "Rate")),
      TemplateField("BlkioDeviceWriteBps", Self.rates(limits.writeBytes, "Rate")),
      TemplateField("BlkioDeviceReadIOps", Self.rates(limits.readOperations, "Rate")),
      TemplateField("BlkioDeviceWriteIOps", Self.rates(limits.writeOperations, "Rate")),
      TemplateField("CPUPeriod", jsonName: "CpuPeriod", .number(limits.cpuPeriod)),
      TemplateField("CPUQuota", jsonName: "CpuQuota", .number(limits.cpuQuota)),
      TemplateField("CPURealtimePeriod", jsonName: "CpuRealtimePeriod", .int(0)),
      TemplateField("CPURealtimeRuntime", jsonName: "CpuRealtimeRuntime", .int(0)),
      TemplateField("CpusetCpus", .text(limits.cpuset)),
      TemplateField("CpusetMems", .text(limits.memoryNodes)),
      TemplateField("Devices", .list(options.devices.map(Self.device))),
      TemplateField("DeviceCgroupRules", .list(orNull: options.deviceRules.map(Self.rule))),
      TemplateField("DeviceRequests", .nothing(.list)),
      TemplateField("MemoryReservation", .number(limits.memoryReservation)),
      TemplateField("MemorySwap", .number(limits.memorySwap ?? limits.memory.map { $0 &* 2 })),
      TemplateField("MemorySwappiness", .optional(limits.memorySwappiness)),
      TemplateField("OomKillDisable", .bool(limits.disablesOOMKiller)),
      TemplateField("PidsLimit", .optional(limits.pids)),
      TemplateField("Ulimits", .list(limits.ulimits.map(Self.ulimit))),
      TemplateField("CPUCount", jsonName: "CpuCount", .int(0)),
      TemplateField("CPUPercent", jsonName: "CpuPercent", .int(0)),
      TemplateField("IOMaximumIOps", .int(0)),
      TemplateField("IOMaximumBandwidth", .int(0)),
    ]
  }

  private static func rates(_ rates: [DeviceRate], _ name: String) -> TemplateValue {
    .list(
      rates.map { rate in
        .record(
          "*blkiodev.ThrottleDevice",
          [TemplateField("Path", .string(rate.path)), TemplateField(name, .number(rate.rate))])
      })
  }

  private static func device(_ device: DeviceFlag) -> TemplateValue {
    .record(
      "container.DeviceMapping",
      [
        TemplateField("PathOnHost", .string(device.source)),
        TemplateField("PathInContainer", .string(device.target)),
        TemplateField("CgroupPermissions", .string(device.access)),
      ])
  }

  private static func rule(_ rule: LinuxDeviceCgroup) -> String {
    func number(_ value: Int64?) -> String { value.map { "\($0)" } ?? "*" }
    return "\(rule.type ?? "a") \(number(rule.major)):\(number(rule.minor)) \(rule.access ?? "rwm")"
  }

  private static func ulimit(_ limit: Ulimit) -> TemplateValue {
    .record(
      "*units.Ulimit",
      [
        TemplateField("Name", .string(limit.name)), TemplateField("Hard", .number(limit.hard)),
        TemplateField("Soft", .number(limit.soft)),
      ])
  }
}
