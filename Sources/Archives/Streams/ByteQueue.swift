import Glibc
import Runtime

/// Bytes from one thread to another, with room for so many: who writes waits while it is full, who reads while it is
/// empty. When one side fails, the other hears of it.
final class ByteQueue: ByteSource, @unchecked Sendable {
  private let buffer: Buffer
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // All of this belongs to who holds the mutex.
  private var start = 0
  private var count = 0
  private var isEnded = false
  private var failure: Failure?

  init(capacity: Int) {
    buffer = Buffer(capacity)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Adds bytes, waiting for room; throws what either side has failed with.
  func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var done = try add(bytes)
    while done < bytes.count {
      pthread_cond_wait(changed, mutex)
      done += try add(UnsafeRawBufferPointer(rebasing: bytes[done...]))
    }
  }

  /// For who holds the mutex.
  private func add(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    let capacity = buffer.bytes.count
    var done = 0
    while done < bytes.count && count < capacity {
      let end = (start + count) % capacity
      let size = min(bytes.count - done, capacity - count, capacity - end)
      (buffer.bytes.baseAddress! + end).copyMemory(from: bytes.baseAddress! + done, byteCount: size)
      count += size
      done += size
    }
    if done > 0 { pthread_cond_broadcast(changed) }
    return done
  }

  /// Says that no more bytes follow.
  func end() {
    pthread_mutex_lock(mutex)
    isEnded = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// Says that this side is done, and why: the other one gets this in place of bytes or room.
  func fail(_ failure: Failure) {
    pthread_mutex_lock(mutex)
    if self.failure == nil { self.failure = failure }
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// Throws what either side has failed with, for who is still busy with what it has read before.
  func check() throws(Failure) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if let failure { throw failure }
  }

  func read(into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while count == 0 {
      if let failure { throw failure }
      if isEnded { return 0 }
      pthread_cond_wait(changed, mutex)
    }
    if let failure { throw failure }
    let size = min(target.count, count, buffer.bytes.count - start)
    target.baseAddress!.copyMemory(from: buffer.bytes.baseAddress! + start, byteCount: size)
    start = (start + size) % buffer.bytes.count
    count -= size
    pthread_cond_broadcast(changed)
    return size
  }
}
