import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct IngestTests {
  private let scratch = StoreScratch()
  private var store: ImageStore { scratch.store }
  private let text = "the content"
  private var wanted: Descriptor {
    Descriptor(
      mediaType: MediaType.layer, digest: ShortHash.digest(of: text.utf8), size: Int64(text.utf8.count))
  }

  @Test func wholeOrNotAtAll() throws {
    var ingest = try some(store.ingest(wanted))
    try ingest.write("the ")
    #expect(!store.contains(wanted.digest))
    try ingest.write("content")
    #expect(ingest.size == wanted.size)
    #expect(!store.contains(wanted.digest))
    try ingest.finish(wanted.digest)
    #expect(store.contains(wanted))
    #expect(try store.read(wanted.digest) == Array(text.utf8))
    #expect(scratch.names("images/ingest").isEmpty)
    let again = try store.ingest(wanted)
    let isThere = again == nil
    #expect(isThere)
  }

  @Test func anInterruptedOneGoesOn() throws {
    do {
      var ingest = try some(store.ingest(wanted))
      try ingest.write("the ")
    }
    #expect(scratch.names("images/ingest") == [wanted.digest.hex])
    var ingest = try some(scratch.other.ingest(wanted))
    #expect(ingest.size == 4)
    var there = [UInt8](repeating: 0, count: 10)
    #expect(pread(ingest.raw, &there, 10, 0) == 4)
    try ingest.write("content")
    try ingest.finish(wanted.digest)
    #expect(try store.read(wanted.digest) == Array(text.utf8))
  }

  @Test func whatNothingWasWrittenOfLeavesNothing() throws {
    do { _ = try store.ingest(wanted) }
    #expect(scratch.names("images/ingest").isEmpty)
  }

  @Test func anInterruptedOneBeginsAgain() throws {
    do {
      var ingest = try some(store.ingest(wanted))
      try ingest.write("other")
    }
    var ingest = try some(store.ingest(wanted))
    try ingest.truncate()
    try ingest.write(text)
    try ingest.finish(wanted.digest)
    #expect(try store.read(wanted.digest) == Array(text.utf8))
  }

  @Test func moreThanThereCanBeIsOfNoUse() throws {
    _ = try store.hold(.adding)
    try Files.replace(
      scratch.folder + "/images/ingest/" + wanted.digest.hex, Array("much more than that".utf8))
    let ingest = try some(store.ingest(wanted))
    #expect(ingest.size == 0)
    ingest.discard()
  }

  @Test func anotherContentIsRefused() throws {
    var ingest = try some(store.ingest(wanted))
    try ingest.write("THE content")
    let failure = finishing(ingest, digest("1"))
    #expect(failure?.description == "check \(wanted.digest): its content has the digest \(digest("1"))")
    #expect(!store.contains(wanted.digest))
    // Nobody goes on with what is wrong.
    #expect(scratch.names("images/ingest").isEmpty)
  }

  private func finishing(_ ingest: consuming Ingest, _ digest: Digest) -> Failure? {
    do throws(Failure) {
      try ingest.finish(digest)
      return nil
    } catch {
      return error
    }
  }

  @Test func aShorterOneIsRefused() throws {
    var ingest = try some(store.ingest(wanted))
    try ingest.write("the")
    #expect(
      finishing(ingest, wanted.digest)?.description == "check \(wanted.digest): it has 3 bytes instead of 11")
    #expect(!store.contains(wanted.digest))
  }

  @Test func aLongerOneIsRefusedWhileItComes() throws {
    var ingest = try some(store.ingest(wanted))
    try ingest.write("the content")
    var failure: Failure?
    do throws(Failure) { try ingest.write("!") } catch { failure = error }
    #expect(failure?.description.contains("longer than the 11 bytes") == true)
    ingest.discard()
    #expect(scratch.names("images/ingest").isEmpty)
  }

  @Test func oneOfUnknownDigest() throws {
    var ingest = try store.ingest()
    try ingest.write(text)
    try ingest.finish(wanted.digest)
    #expect(store.contains(wanted))
    do {
      var other = try store.ingest()
      try other.write("lost")
      #expect(scratch.names("images/ingest").count == 1)
    }
    #expect(scratch.names("images/ingest").isEmpty)
    // What is there already may be damaged.
    try Files.replace(store.path(of: wanted.digest), Array("the CONTENT".utf8))
    var twin = try store.ingest()
    try twin.write(text)
    try twin.finish(wanted.digest)
    #expect(try store.read(wanted.digest) == Array(text.utf8))
    #expect(scratch.names("images/blobs/sha256") == [wanted.digest.hex])
    #expect(scratch.names("images/ingest").isEmpty)
  }

  @Test func aTruncatedOneIsWrittenAnew() throws {
    _ = try scratch.add(text)
    #expect(truncate(store.path(of: wanted.digest), 3) == 0)
    #expect(store.contains(wanted.digest) && !store.contains(wanted))
    _ = try scratch.add(text)
    #expect(store.contains(wanted))
  }

  @Test func nobodyIsWaitedFor() throws {
    let ingest = try some(store.ingest(wanted))
    switch try scratch.other.tryIngest(wanted) {
    case .isBusy: break
    case .isThere: Issue.record("is not there")
    case .mine: Issue.record("is somebody else's")
    }
    ingest.discard()
    switch try scratch.other.tryIngest(wanted) {
    case .mine: break
    case .isBusy: Issue.record("nobody is at it")
    case .isThere: Issue.record("is not there")
    }
  }

  @Test func workIsDoneOnce() throws {
    let (store, wanted) = (store, wanted)
    var ingest = try some(store.ingest(wanted))
    let others = (0..<8).map { _ in
      Threads.begin { () -> Bool? in
        guard let other = try? store.ingest(wanted) else { return store.contains(wanted) }
        other.discard()
        return nil
      }
    }
    try ingest.write(text)
    try ingest.finish(wanted.digest)
    #expect(others.map { $0() } == Array(repeating: true, count: 8))
  }

  @Test func anotherGoesOnWhereOneFails() throws {
    let (store, wanted, text) = (store, wanted, text)
    var ingest = try some(store.ingest(wanted))
    let others = (0..<8).map { _ in
      Threads.begin { () -> Int in
        guard let ingest = try? store.ingest(wanted) else { return 0 }
        return Self.complete(ingest, text, wanted.digest)
      }
    }
    try ingest.write("the ")
    _ = consume ingest
    // One of them did the rest, and all others found it done.
    #expect(others.map { $0() }.sorted() == [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(try store.read(wanted.digest) == Array(text.utf8))
    #expect(scratch.names("images/ingest").isEmpty)
  }

  private static func complete(_ ingest: consuming Ingest, _ text: String, _ digest: Digest) -> Int {
    do {
      try ingest.write(String(text.dropFirst(Int(ingest.size))))
      try ingest.finish(digest)
      return 1
    } catch {
      return 100
    }
  }

  @Test func manyOfManyAtOnce() throws {
    let scratch = scratch
    let work = (0..<8).map { first in
      Threads.begin { () -> String? in
        do {
          for index in 0..<40 { _ = try scratch.add("content \((index + first * 5) % 40)") }
          return nil
        } catch {
          return "\(error)"
        }
      }
    }
    #expect(work.compactMap { $0() } == [])
    #expect(scratch.names("images/blobs/sha256").count == 40)
    #expect(scratch.names("images/ingest").isEmpty)
  }
}
