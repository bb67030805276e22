import Glibc

/// Messages that wait to leave, in their order, in a limited number of bytes.
struct LogQueue: ~Copyable {
  /// Twice the limit: what is left is moved to the front only after as much has gone.
  private let storage: UnsafeMutableRawPointer
  private let capacity: Int
  private var head = 0
  private var tail = 0
  let limit: Int

  /// Bytes of a message's length, before it.
  private static let prefix = MemoryLayout<UInt32>.size

  init(limit: Int) {
    self.limit = limit
    capacity = 2 * limit
    storage = .allocate(byteCount: capacity, alignment: 8)
  }

  deinit { storage.deallocate() }

  var isEmpty: Bool { head == tail }
  /// What waits, in bytes.
  var size: Int { tail - head }

  /// Adds a message that consists of several parts; false where there is no room for it.
  mutating func append(_ parts: UnsafeRawBufferPointer...) -> Bool {
    let length = parts.reduce(0) { $0 + $1.count }
    guard size + Self.prefix + length <= limit else { return false }
    if tail + Self.prefix + length > capacity {
      memmove(storage, storage + head, size)
      (head, tail) = (0, size)
    }
    storage.storeBytes(of: UInt32(length), toByteOffset: tail, as: UInt32.self)
    tail += Self.prefix
    for part in parts where part.count > 0 {
      memcpy(storage + tail, part.baseAddress!, part.count)
      tail += part.count
    }
    return true
  }

  /// The oldest message; there must be one.
  var first: UnsafeRawBufferPointer {
    let length = Int(storage.loadUnaligned(fromByteOffset: head, as: UInt32.self))
    return UnsafeRawBufferPointer(start: storage + head + Self.prefix, count: length)
  }

  mutating func removeFirst() {
    head += Self.prefix + first.count
    if head == tail { (head, tail) = (0, 0) }
  }
}
