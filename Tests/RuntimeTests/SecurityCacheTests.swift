import Glibc
import OCISpec
import Testing

@testable import Runtime

@Suite struct SeccompCaching {
  private static let profile = LinuxSeccomp(
    defaultAction: .errno, flags: [.log], listenerPath: "/run/agent", listenerMetadata: "m",
    syscalls: [
      LinuxSyscall(names: ["read", "statmount"], action: .allow),
      LinuxSyscall(names: ["bind"], action: .notify),
    ])
  private static let source = Array(#"{"anything": "that stands for the text of a profile"}"#.utf8)

  private struct Decoded: Error {}

  /// A lookup that must find the filter.
  private func cached(_ cache: SeccompCache, _ source: [UInt8] = source) throws -> SeccompFilter {
    try cache.filter(for: source) { throw Decoded() }
  }

  private func stored(_ scratch: SecurityScratch) throws -> (
    cache: SeccompCache, file: String, filter: SeccompFilter
  ) {
    let cache = SeccompCache(folder: scratch.path + "/.seccomp")
    let filter = try cache.filter(for: Self.source) { Self.profile }
    return (cache, cache.folder + "/" + SeccompCache.fileName(for: Self.source), filter)
  }

  @Test func secondLookupDecodesNothing() throws {
    let scratch = try SecurityScratch()
    let (cache, file, filter) = try stored(scratch)
    let found = try cached(cache)
    #expect(found == filter)
    #expect(found.needsListener && found.listenerPath == "/run/agent" && found.listenerMetadata == "m")
    #expect(found.flags == SeccompFilter.flagLog | SeccompFilter.flagNewListener)
    // Closed to everybody else, and nothing is left lying about.
    var status = stat()
    #expect(stat(cache.folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(namesInFolder(cache.folder).count == 1)
  }

  @Test func absentListenerStaysAbsent() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c")
    let profile = LinuxSeccomp(defaultAction: .allow)
    let filter = try cache.filter(for: Self.source) { profile }
    let found = try cached(cache)
    #expect(found == filter)
    #expect(found.listenerPath == nil && found.listenerMetadata == nil && !found.needsListener)
  }

  @Test func otherTextIsAnotherFilter() throws {
    let scratch = try SecurityScratch()
    let (cache, _, _) = try stored(scratch)
    #expect(throws: Decoded.self) { try cached(cache, Self.source + [0x20]) }
  }

  /// Two texts with the same name: the text decides, not the name.
  @Test func sameNameOtherText() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    let other = Array("another text".utf8)
    #expect(rename(file, cache.folder + "/" + SeccompCache.fileName(for: other)) == 0)
    #expect(throws: Decoded.self) { try cached(cache, other) }
  }

  @Test func everySingleByteMatters() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    let good = try bytesOfFile(file)
    for index in good.indices {
      var bad = good
      bad[index] ^= 0x40
      try writeBytes(bad, to: file)
      #expect(throws: Decoded.self, "byte \(index)") { try cached(cache) }
    }
  }

  @Test func everyTruncationIsNoticed() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    let good = try bytesOfFile(file)
    for length in 0..<good.count {
      try writeBytes(Array(good[..<length]), to: file)
      #expect(throws: Decoded.self, "length \(length)") { try cached(cache) }
    }
    try writeBytes(good + [0], to: file)
    #expect(throws: Decoded.self) { try cached(cache) }
  }

  /// Lengths that a checksum made by somebody else vouches for must not lead outside the file.
  @Test func lengthsAreChecked() throws {
    let identity = SeccompCache.identity
    let filter = try SeccompFilter(compiling: Self.profile)
    let good = SeccompCacheFile.encode(filter, source: Self.source, identity: identity)
    for field in stride(from: 24, to: 44, by: 4) {
      for length in [UInt32.max, 1 << 31, UInt32(good.count)] {
        var bad = good
        withUnsafeBytes(of: length) { bad.replaceSubrange(field..<field + 4, with: $0) }
        let sum = bad.withUnsafeBytes { SeccompCacheFile.hash(UnsafeRawBufferPointer(rebasing: $0[16...])) }
        withUnsafeBytes(of: sum) { bad.replaceSubrange(8..<16, with: $0) }
        #expect(SeccompCacheFile.decode(bad, source: Self.source, identity: identity) == nil)
      }
    }
    #expect(SeccompCacheFile.decode(good, source: Self.source, identity: identity) == filter)
  }

  @Test func corruptFileIsReplaced() throws {
    let scratch = try SecurityScratch()
    let (cache, file, filter) = try stored(scratch)
    try writeBytes(Array("nonsense".utf8), to: file)
    #expect(try cache.filter(for: Self.source) { Self.profile } == filter)
    #expect(try cached(cache) == filter)
  }

  @Test func staleIdentityIsReplaced() throws {
    let scratch = try SecurityScratch()
    let (cache, file, filter) = try stored(scratch)
    let old = SeccompCacheFile.encode(
      SeccompFilter(program: [UInt8](repeating: 0, count: 8)), source: Self.source,
      identity: SeccompCache.identity + [1])
    try writeBytes(old, to: file)
    #expect(throws: Decoded.self) { try cached(cache) }
    #expect(try cache.filter(for: Self.source) { Self.profile } == filter)
    #expect(try cached(cache) == filter)
  }

  @Test func fileOpenToOthersIsNotTrusted() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    for mode: mode_t in [0o644, 0o660, 0o602] {
      #expect(chmod(file, mode) == 0)
      #expect(throws: Decoded.self) { try cached(cache) }
    }
  }

  @Test func linksAndPipesAreNotFollowed() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    let aside = scratch.path + "/aside"
    #expect(rename(file, aside) == 0)
    #expect(symlink(aside, file) == 0)
    #expect(throws: Decoded.self) { try cached(cache) }
    unlink(file)
    #expect(link(aside, file) == 0)
    #expect(throws: Decoded.self) { try cached(cache) }
    unlink(file)
    // Opening it must not wait for a writer.
    #expect(mkfifo(file, 0o600) == 0)
    #expect(throws: Decoded.self) { try cached(cache) }
  }

  @Test(.enabled(if: geteuid() == 0))
  func fileOfSomebodyElseIsNotTrusted() throws {
    let scratch = try SecurityScratch()
    let (cache, file, _) = try stored(scratch)
    #expect(chown(file, 65534, 65534) == 0)
    #expect(throws: Decoded.self) { try cached(cache) }
  }

  @Test func folderOpenToOthersIsNotWrittenTo() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/open")
    #expect(mkdir(cache.folder, 0o700) == 0 && chmod(cache.folder, 0o777) == 0)
    #expect(throws: Never.self) { try cache.filter(for: Self.source) { Self.profile } }
    #expect(namesInFolder(cache.folder) == [])
  }

  /// No folder to be had: a file in its place, and no parent.
  @Test func worksWithoutAPlaceToWrite() throws {
    let scratch = try SecurityScratch()
    try scratch.write("", to: "file")
    let filter = try SeccompFilter(compiling: Self.profile)
    for folder in [scratch.path + "/file", scratch.path + "/no/such/parent", "/proc/nothing", "/dev/full"] {
      let cache = SeccompCache(folder: folder)
      #expect(try cache.filter(for: Self.source) { Self.profile } == filter)
    }
  }

  @Test func oldestGoFirst() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c", capacity: 3)
    let texts = (0..<5).map { Array("text \($0)".utf8) }
    for (index, text) in texts.enumerated() {
      _ = try cache.filter(for: text) { Self.profile }
      // Distinct times, without waiting for the clock.
      let name = cache.folder + "/" + SeccompCache.fileName(for: text)
      let time = timespec(tv_sec: 1000 + index, tv_nsec: 0)
      #expect(utimensat(AT_FDCWD, name, [time, time], 0) == 0)
    }
    #expect(
      namesInFolder(cache.folder) == texts[2...].map { SeccompCache.fileName(for: $0) }.sorted())
  }

  @Test func leftoversOfCrashesAreRemoved() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c", capacity: 1)
    #expect(mkdir(cache.folder, 0o700) == 0)
    for index in 0..<4 { try writeBytes([1], to: cache.folder + "/.new-\(index)") }
    _ = try cache.filter(for: Self.source) { Self.profile }
    #expect(namesInFolder(cache.folder) == [SeccompCache.fileName(for: Self.source)])
  }

  @Test func emptySourceIsNeverCached() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c")
    _ = try cache.filter(for: []) { Self.profile }
    #expect(throws: Decoded.self) { try cached(cache, []) }
  }

  @Test func sectionOfAConfiguration() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c")
    let section = SeccompSection(Self.profile)
    let filter = try cache.filter(for: section)
    #expect(filter == (try SeccompFilter(compiling: Self.profile)))
    #expect(try cached(cache, section.source) == filter)
  }

  /// A failure is not remembered as a filter.
  @Test func wrongProfileIsNotCached() throws {
    let scratch = try SecurityScratch()
    let cache = SeccompCache(folder: scratch.path + "/c")
    #expect(throws: SpecError.self) {
      try cache.filter(for: Self.source) { LinuxSeccomp(defaultAction: .notify) }
    }
    #expect(throws: Decoded.self) { try cached(cache) }
  }
}
