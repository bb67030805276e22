import Glibc

extension SeccompCache {
  /// Puts a file in place for everybody at once, and keeps their number down. That it failed is of no
  /// consequence, so nothing is reported.
  func write(_ bytes: [UInt8], as name: String) {
    guard bytes.count <= SeccompCacheFile.maximumSize else { return }
    guard let directory = openFolder() else { return }
    defer { close(directory) }
    let temporary = ".new-" + String(UInt64.random(in: .min ... .max), radix: 16)
    let file = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let written = Self.writeAll(bytes, to: file)
    // No fsync: a file torn by a crash does not match its checksum.
    close(file)
    guard written, renameat(directory, temporary, directory, name) == 0 else {
      unlinkat(directory, temporary, 0)
      return
    }
    prune(directory, sparing: name)
  }

  /// The folder, if it is ours alone: files in one that others can write to could be exchanged.
  private func openFolder() -> CInt? {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return nil }
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard directory >= 0 else { return nil }
    var status = stat()
    guard fstat(directory, &status) == 0, Self.isOurs(status, kind: S_IFDIR) else {
      close(directory)
      return nil
    }
    return directory
  }

  private static func writeAll(_ bytes: [UInt8], to file: CInt) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let step = Glibc.write(file, buffer.baseAddress! + done, buffer.count - done)
        if step < 0 && errno == EINTR { continue }
        guard step > 0 else { return false }
        done += step
      }
      return true
    }
  }

  /// Removes the oldest files beyond the capacity, those that crashed writers left among them.
  private func prune(_ directory: CInt, sparing newest: String) {
    let others = Self.entries(directory).filter { $0 != newest }
    guard others.count >= capacity else { return }
    let dated = others.map { name -> (name: String, time: timespec) in
      var status = stat()
      fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW)
      return (name, status.st_mtim)
    }
    let byAge = dated.sorted { ($0.time.tv_sec, $0.time.tv_nsec) < ($1.time.tv_sec, $1.time.tv_nsec) }
    for entry in byAge.prefix(others.count + 1 - max(1, capacity)) { unlinkat(directory, entry.name, 0) }
  }

  private static func entries(_ directory: CInt) -> [String] {
    let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // By address: copying the whole structure would read past the end of a short entry.
      let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
      let name = String(
        cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
