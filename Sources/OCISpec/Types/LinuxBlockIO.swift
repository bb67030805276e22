/// Weights and limits of block I/O. Source: runtime-spec 1.3.0, config-linux.md, "Block IO".
public struct LinuxBlockIO: Equatable, Sendable {
  /// The weight against other cgroups, 10...1000.
  public var weight: UInt16?
  /// The weight of the cgroup's own tasks against its child cgroups.
  public var leafWeight: UInt16?
  /// Weights on particular devices.
  public var weightDevice: [LinuxWeightDevice]
  /// Read limits in bytes per second.
  public var throttleReadBpsDevice: [LinuxThrottleDevice]
  /// Write limits in bytes per second.
  public var throttleWriteBpsDevice: [LinuxThrottleDevice]
  /// Read limits in operations per second.
  public var throttleReadIOPSDevice: [LinuxThrottleDevice]
  /// Write limits in operations per second.
  public var throttleWriteIOPSDevice: [LinuxThrottleDevice]

  public init(
    weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [LinuxWeightDevice] = [],
    throttleReadBpsDevice: [LinuxThrottleDevice] = [],
    throttleWriteBpsDevice: [LinuxThrottleDevice] = [],
    throttleReadIOPSDevice: [LinuxThrottleDevice] = [],
    throttleWriteIOPSDevice: [LinuxThrottleDevice] = []
  ) {
    self.weight = weight
    self.leafWeight = leafWeight
    self.weightDevice = weightDevice
    self.throttleReadBpsDevice = throttleReadBpsDevice
    self.throttleWriteBpsDevice = throttleWriteBpsDevice
    self.throttleReadIOPSDevice = throttleReadIOPSDevice
    self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
  }
}

/// The weight on one block device.
public struct LinuxWeightDevice: Equatable, Sendable {
  /// The device's major number.
  public var major: Int64
  /// The device's minor number.
  public var minor: Int64
  /// The weight against other cgroups.
  public var weight: UInt16?
  /// The weight of the cgroup's own tasks against its child cgroups.
  public var leafWeight: UInt16?

  public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
    self.major = major
    self.minor = minor
    self.weight = weight
    self.leafWeight = leafWeight
  }
}

/// The limit on one block device.
public struct LinuxThrottleDevice: Equatable, Sendable {
  /// The device's major number.
  public var major: Int64
  /// The device's minor number.
  public var minor: Int64
  /// Bytes or operations per second.
  public var rate: UInt64

  public init(major: Int64, minor: Int64, rate: UInt64) {
    self.major = major
    self.minor = minor
    self.rate = rate
  }
}
