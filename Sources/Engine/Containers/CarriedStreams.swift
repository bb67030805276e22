import CShim
import Glibc
import Runtime

/// Pipes between a process in a container and those of this process's own three streams that are more than a stream.
/// Of a terminal, a file or a device the container's root could open another description, to read what is typed or to
/// write where it was only to read, and could change its mode and owner. Pipes, sockets and /dev/null go as they are.
public struct CarriedStreams: ~Copyable {
  /// The process's streams; -1 where it has this process's own.
  private var inside: [CInt] = [-1, -1, -1]
  /// Our ends of the pipes, by the stream that they are for; -1 where there is none, or it has ended.
  private var ends: [CInt] = [-1, -1, -1]
  /// Read from this process's input, not yet taken by the process.
  private var pending: ArraySlice<UInt8> = []
  /// Why output of the process is lost.
  public private(set) var failure: Failure?

  /// - Parameter input: without, the process has /dev/null, and what is typed is the person's own.
  public init(input: Bool) throws(Failure) {
    if !input {
      let null = try Files.open("/dev/null", O_RDONLY)
      inside[0] = try Self.copy(null.raw)
    } else if !Self.isMereStream(STDIN_FILENO) {
      (inside[0], ends[0]) = try Self.pipe()
    }
    for stream in [STDOUT_FILENO, STDERR_FILENO] where !Self.isMereStream(stream) {
      // Where both are one, what is written stays in its order.
      if stream == STDERR_FILENO, ends[1] >= 0, Self.isSame(STDOUT_FILENO, STDERR_FILENO) {
        inside[2] = try Self.copy(inside[1])
      } else {
        (ends[Int(stream)], inside[Int(stream)]) = try Self.pipe()
      }
    }
    if ends[0] >= 0 { _ = fcntl(ends[0], F_SETFL, O_WRONLY | O_NONBLOCK) }
  }

  deinit { for descriptor in inside + ends where descriptor >= 0 { close(descriptor) } }

  /// Does something, a launch, while this process's own streams are the process's.
  public mutating func lent<Result>(_ body: () throws -> Result) throws -> Result {
    var own: [CInt] = [-1, -1, -1]
    defer {
      for stream in 0..<3 where own[stream] >= 0 {
        dup2(own[stream], CInt(stream))
        close(own[stream])
      }
    }
    for stream in 0..<3 where inside[stream] >= 0 {
      own[stream] = try Self.copy(CInt(stream))
      dup2(inside[stream], CInt(stream))
      close(inside[stream])
      inside[stream] = -1
    }
    return try body()
  }

  /// Carries bytes until the process has ended and what it wrote is passed on; returns its wait status.
  ///
  /// - Parameter front: readable when the command that a person waits for is gone; -1 for none.
  public mutating func carry(_ process: LaunchedProcess, front: CInt = -1) throws(Failure) -> CInt {
    if ends == [-1, -1, -1] { return process.wait() ?? 0 }
    var front = front
    // That nobody reads on is an answer of write(2), not our end.
    signal(SIGPIPE, SIG_IGN)
    while true {
      let reads = ends[0] >= 0 && pending.isEmpty
      var polled = [
        pollfd(fd: process.pidfd, events: Int16(POLLIN), revents: 0),
        pollfd(fd: ends[1], events: Int16(POLLIN), revents: 0),
        pollfd(fd: ends[2], events: Int16(POLLIN), revents: 0),
        // Without events it still tells that nobody reads the process's input any more.
        pollfd(fd: ends[0], events: reads ? 0 : Int16(POLLOUT), revents: 0),
        pollfd(fd: reads ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: front, events: Int16(POLLIN), revents: 0),
      ]
      if poll(&polled, nfds_t(polled.count), -1) < 0 {
        if errno == EINTR { continue }
        throw Failure("wait for the process", errno: errno)
      }
      if polled[5].revents != 0 {
        Self.abandon()
        front = -1
        continue
      }
      for stream in 1...2 where polled[stream].revents != 0 { passOutput(stream, atMost: Self.portion) }
      if polled[3].revents != 0 { reads ? finish(0) : passInput() }
      if polled[4].revents != 0 { takeInput() }
      if polled[0].revents != 0 {
        passRest()
        return process.wait() ?? 0
      }
    }
  }

  /// Nobody waits for the process any more, which goes on: files are still read and written, and whatever else the
  /// person had is let go.
  private static func abandon() {
    setsid()
    StandardDescriptors.makeNull((STDIN_FILENO...STDERR_FILENO).filter { !isFile($0) })
  }

  /// Passes on what the process has written and nobody has read yet: all is there once it has ended. Others that it
  /// has left behind may hold the pipes open for ever, and are not waited for.
  private mutating func passRest() {
    for stream in 1...2 where ends[stream] >= 0 {
      var left: CInt = 0
      _ = shim_ioctl(ends[stream], UInt(FIONREAD), &left)
      while left > 0, ends[stream] >= 0 { left -= CInt(passOutput(stream, atMost: Int(left))) }
    }
    finish(0)
    leaveReader()
  }

  /// Leaves somebody behind who reads what the others write: else their next line would be their end.
  private mutating func leaveReader() {
    for stream in 1...2 where ends[stream] >= 0 {
      var polled = pollfd(fd: ends[stream], events: 0, revents: 0)
      // Nobody can write to it.
      if poll(&polled, 1, 0) == 1 { finish(stream) }
    }
    if ends[1] < 0 && ends[2] < 0 { return }
    if shim_fork() != 0 { return }
    setsid()
    StandardDescriptors.makeNull()
    for stream in 1...2 where ends[stream] >= 0 { dup2(ends[stream], CInt(stream)) }
    _ = shim_close_range(3, .max, 0)
    ends = [-1, ends[1] < 0 ? -1 : 1, ends[2] < 0 ? -1 : 2]
    withUnsafeTemporaryAllocation(byteCount: Self.portion, alignment: 8) { buffer in
      while ends[1] >= 0 || ends[2] >= 0 {
        var polled = (1...2).map { pollfd(fd: ends[$0], events: Int16(POLLIN), revents: 0) }
        _ = poll(&polled, 2, -1)
        for stream in 1...2 where polled[stream - 1].revents != 0 {
          if read(ends[stream], buffer.baseAddress, buffer.count) <= 0 { finish(stream) }
        }
      }
    }
    _exit(0)
  }

  private mutating func takeInput() {
    var got = 0
    var failed: CInt = 0
    pending =
      [UInt8](unsafeUninitializedCapacity: Self.portion) { buffer, count in
        got = read(STDIN_FILENO, buffer.baseAddress, buffer.count)
        failed = errno
        count = max(got, 0)
      }[...]
    // A folder, or a terminal that has hung up, ends as a file does.
    if got == 0 || (got < 0 && failed != EINTR && failed != EAGAIN) { return finish(0) }
    passInput()
  }

  private mutating func passInput() {
    while !pending.isEmpty {
      let written = pending.withUnsafeBytes { write(ends[0], $0.baseAddress, $0.count) }
      if written > 0 {
        pending = pending.dropFirst(written)
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        // It reads no more.
        pending = []
        return finish(0)
      }
    }
  }

  /// - Returns: how many bytes the process had written, `limit` at most.
  @discardableResult
  private mutating func passOutput(_ stream: Int, atMost limit: Int) -> Int {
    withUnsafeTemporaryAllocation(byteCount: Self.portion, alignment: 8) { buffer in
      let got = read(ends[stream], buffer.baseAddress, min(limit, buffer.count))
      if got < 0 && errno == EINTR { return 0 }
      let failed =
        got > 0
        ? StandardDescriptors.pass(UnsafeRawBufferPointer(rebasing: buffer[..<got]), to: CInt(stream)) : 0
      if failed == EIO, !Self.isFile(CInt(stream)) {
        // A terminal that is gone is no end of whoever writes there.
        StandardDescriptors.makeNull(CollectionOfOne(CInt(stream)))
        return max(got, 0)
      }
      if failed != 0, failed != EPIPE, failure == nil {
        failure = Failure("write standard \(stream == 1 ? "output" : "error")", errno: failed)
      }
      // The process's next line is its end then, as if it had written there itself.
      if got <= 0 || failed != 0 { finish(stream) }
      return max(got, 0)
    }
  }

  private mutating func finish(_ stream: Int) {
    if ends[stream] >= 0 { close(ends[stream]) }
    ends[stream] = -1
  }
}

extension CarriedStreams {
  /// As much as a pipe holds.
  private static let portion = 64 << 10

  /// Whether one of the streams that a process would have is more than a stream.
  public static func areNeeded(input: Bool) -> Bool {
    !((input ? STDIN_FILENO : STDOUT_FILENO)...STDERR_FILENO).allSatisfy(isMereStream)
  }

  /// Whether nothing more can be done with it than to read and write what passes: no file that has a name, but for
  /// /dev/null.
  static func isMereStream(_ descriptor: CInt) -> Bool {
    var status = stat()
    if fstat(descriptor, &status) != 0 { return false }
    switch status.st_mode & S_IFMT {
    case S_IFSOCK: return true
    case S_IFCHR: return status.st_rdev == null
    case S_IFIFO: return shim_filesystem_type("/proc/self/fd/\(descriptor)") == pipes
    default: return false
    }
  }

  /// The device number of /dev/null: 1, 3.
  private static let null: dev_t = 0x103
  /// `PIPEFS_MAGIC`: a pipe without a name.
  private static let pipes: Int64 = 0x5049_5045

  private static func isFile(_ descriptor: CInt) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func isSame(_ one: CInt, _ other: CInt) -> Bool {
    var (first, second) = (stat(), stat())
    return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  /// Another descriptor of the same, above the three.
  private static func copy(_ descriptor: CInt) throws(Failure) -> CInt {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    if copy < 0 { throw Failure("copy a descriptor", errno: errno) }
    return copy
  }

  private static func pipe() throws(Failure) -> (read: CInt, write: CInt) {
    var ends: [CInt] = [-1, -1]
    let made = shim_pipe(&ends)
    if made < 0 { throw Failure("make a pipe", errno: -made) }
    return (ends[0], ends[1])
  }
}
