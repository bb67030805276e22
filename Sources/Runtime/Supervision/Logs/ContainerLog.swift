import Glibc

/// Where a container's output is logged.
///
/// For a loop that serves other things as well: nothing here waits for a disk that is full, a server that is gone or a
/// reader that is slow. What cannot be logged is lost, counted (`loss`), and told in the log when that is possible
/// again.
///
///     let log = try ContainerLog(options, of: container, in: folder)
///     // a read of the payload's output yields some bytes:
///     log.write(.stdout, bytes)
///     // poll `log.descriptor` for input, if it is not -1:
///     log.ready()
///     // the payload has ended, and both its outputs were read to their ends:
///     log.finish()
///     // nothing follows: what still waits has a moment to leave
///     log.drain(for: 3_000_000_000)
///
/// The same log goes on when the container is started again.
public final class ContainerLog {
  private let target: (any LogTarget)?
  private var stdout = LineSplitter()
  private var stderr = LineSplitter()

  /// - Parameters:
  ///   - folder: where files are kept; made where it is missing. Used by json-file only.
  /// - Throws: `Failure` where the folder or its file cannot be written. A server that cannot be reached is no error:
  ///   it is tried again and again.
  public init(_ options: LogOptions, of container: LoggedContainer, in folder: String) throws(Failure) {
    switch options.driver {
    case .none: target = nil
    case .jsonFile:
      try Files.makeFolders(folder)
      var attributes = try options.attributes(of: container)
      let tag = try options.tag(of: container)
      if !tag.isEmpty { attributes.append(("tag", tag)) }
      target = try JSONFileLog(in: folder, options, attributes: attributes)
    case .syslog:
      let messages = SyslogMessages(options, tag: try options.tag(of: container))
      let address = options.syslogAddress
      let connection = try LogConnection(
        to: address.endpoints, queueSize: QueuedLog<SyslogMessages>.capacity(options))
      target = QueuedLog(messages, connection, options)
    case .journald:
      let entries = JournalEntries(
        container, tag: try options.tag(of: container), attributes: try options.attributes(of: container))
      let endpoint = LogEndpoint(place: .path(JournalEntries.socket), isStream: false)
      let connection = try LogConnection(
        to: { [endpoint] }, queueSize: QueuedLog<JournalEntries>.capacity(options),
        sendLarge: JournalEntries.sendLarge)
      target = QueuedLog(entries, connection, options)
    }
  }

  init(_ target: any LogTarget) { self.target = target }

  /// Takes what one read of the payload's output has yielded.
  public func write(_ stream: LogStream, _ bytes: UnsafeRawBufferPointer, at time: timespec = LogTime.now()) {
    guard let target else { return }
    target.begin(stream, at: time)
    switch stream {
    case .stdout: stdout.feed(bytes) { target.line($0, whole: $1) }
    case .stderr: stderr.feed(bytes) { target.line($0, whole: $1) }
    }
    target.commit()
  }

  /// The payload's outputs have ended: a last line without a line feed is logged like a whole one.
  public func finish(at time: timespec = LogTime.now()) {
    guard let target else { return }
    if !stdout.isEmpty {
      target.begin(.stdout, at: time)
      stdout.end { target.line($0, whole: $1) }
      target.commit()
    }
    if !stderr.isEmpty {
      target.begin(.stderr, at: time)
      stderr.end { target.line($0, whole: $1) }
      target.commit()
    }
  }

  /// Waits until all has left, for whoever has nothing else to serve any more.
  ///
  /// - Parameter patience: nanoseconds. What has not left then is lost, and counted.
  /// - Returns: false where something was lost.
  @discardableResult
  public func drain(for patience: UInt64) -> Bool {
    let end = Clock.monotonicNanoseconds() + patience
    while !isDrained {
      let now = Clock.monotonicNanoseconds()
      if now >= end {
        target?.giveUp()
        return false
      }
      var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&polled, 1, CInt(clamping: (end - now + 999_999) / 1_000_000)) > 0 { ready() }
    }
    return true
  }

  /// Readable when `ready` is to be called; the same as long as the log lives. -1 for drivers that need none.
  public var descriptor: CInt { target?.descriptor ?? -1 }
  /// Connects, sends, or finds out what has become of a connection.
  public func ready() { target?.ready() }
  /// Nothing waits to leave.
  public var isDrained: Bool { target?.isDrained ?? true }
  /// Nothing more should be read from the payload until this is false again; only ever true with `mode=blocking`.
  public var isFull: Bool { target?.isFull ?? false }
  /// What could not be logged, since the log was opened.
  public var loss: LogLoss { target?.loss ?? LogLoss() }
  /// Why nothing can be logged at present, as in `no space left on device`.
  public var trouble: String? { target?.trouble }
}

extension LogOptions {
  /// Looks whether the driver's target is there, for whoever makes a container.
  ///
  /// - Throws: `Failure` that names the option, or the driver.
  public func check() throws(Failure) {
    switch driver {
    case .jsonFile, .none: break
    case .syslog: try syslogAddress.check()
    case .journald:
      if !Files.exists(JournalEntries.socket) {
        throw Failure(
          "--log-driver", "journald", reason: "journald does not run here", hint: JournalEntries.socket)
      }
    }
  }
}
