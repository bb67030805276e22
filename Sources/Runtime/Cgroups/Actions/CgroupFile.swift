import Glibc

/// Reading and writing the small files of cgroupfs and procfs, without more than a buffer on the stack.
enum CgroupFile {
  /// Writes a value in one call, as cgroupfs wants it; interrupted calls are retried.
  ///
  /// The corresponding C functions are `open` and `write`. Returns 0 or an error number.
  static func write(_ value: String, to path: String, telling listener: KernelCallListener = .nobody) -> CInt
  {
    let descriptor = openRetrying(path, O_WRONLY | O_CLOEXEC)
    let opened = descriptor < 0 ? -errno : descriptor
    listener.tell(.openat(.current, path, UInt64(O_WRONLY | O_CLOEXEC)), opened)
    if opened < 0 { return -opened }
    let file = OwnedFD(descriptor)
    var text = value
    let code: CInt = text.withUTF8 { bytes in
      while Glibc.write(file.raw, bytes.baseAddress, bytes.count) < 0 {
        if errno != EINTR { return errno }
      }
      return 0
    }
    listener.tell(.write(.number(file.raw), value), code == 0 ? value.utf8.count : -Int(code))
    return code
  }

  /// The whole text of a file. The corresponding C functions are `open` and `read`.
  ///
  /// - Throws: `Failure` with the path and the error number.
  static func read(_ path: String) throws -> String {
    try withBytes(of: path) { String(decoding: $0, as: UTF8.self) }
  }

  /// The text of a file, nil where there is no such file, or the kernel offers it but has it switched off
  /// (as `memory.pressure` without pressure accounting).
  static func readIfThere(_ path: String) throws -> String? {
    do {
      return try read(path)
    } catch let failure as Failure
      where failure.errno == ENOENT || failure.errno == EOPNOTSUPP || failure.errno == ENODEV
    {
      return nil
    }
  }

  /// Lends the whole content of a file.
  static func withBytes<R>(of path: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    let descriptor = openRetrying(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Failure("read", path, errno: errno) }
    let file = OwnedFD(descriptor)
    return try withBytes(from: file.raw, path, body)
  }

  /// Lends the whole content of an open file, from its beginning; it may be read again.
  static func withBytes<R>(
    from descriptor: CInt, _ path: String, _ body: (UnsafeRawBufferPointer) throws -> R
  ) throws -> R {
    var capacity = 8192
    while true {
      let result: R? = try withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { buffer in
        var length = 0
        while length < buffer.count {
          let count = pread(descriptor, buffer.baseAddress! + length, buffer.count - length, off_t(length))
          if count > 0 {
            length += count
          } else if count == 0 {
            return try body(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
          } else if errno != EINTR {
            throw Failure("read", path, errno: errno)
          }
        }
        // Full: there may be more, and a file in procfs must be read anew to be consistent.
        return nil
      }
      if let result { return result }
      capacity *= 4
    }
  }

  /// `open`, retried when a signal interrupts it; -1 with `errno` set otherwise.
  static func openRetrying(_ path: String, _ flags: CInt) -> CInt {
    while true {
      let descriptor = open(path, flags)
      if descriptor >= 0 || errno != EINTR { return descriptor }
    }
  }
}
