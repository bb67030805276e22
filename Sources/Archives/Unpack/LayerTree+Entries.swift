import CShim
import Glibc
import Runtime

/// Puts an archive's entries where they belong.
extension LayerTree {
  /// - Returns: false where the entry is none of a layer's.
  @discardableResult
  func add(_ entry: TarEntry, from archive: TarReader) throws(Failure) -> Bool {
    let path = try EntryPath.clean(entry.name, limits)
    if path.isEmpty {
      try describeRoot(entry)
      return true
    }
    let split = EntryPath.lastName(in: path)
    let name = Array(path[split...])
    let above = Array(path[..<max(0, split - 1)])
    if try Whiteout.areFolders(above) { return false }
    if let whiteout = try Whiteout(name, path) {
      let place = try place(above)
      switch whiteout {
      case .hides(let name): try hide(name, in: place)
      case .hidesAll: try hideBelow(place.path)
      case .nothing: return false
      }
      return true
    }
    let place = try place(above)
    if let target = entry.hardLink {
      try link(name, in: place, to: EntryPath.clean(target, limits))
      return true
    }
    switch entry.kind {
    case S_IFREG: try file(entry, name, in: place, from: archive)
    case S_IFDIR: try folder(entry, name, in: place)
    case S_IFLNK: try symbolicLink(entry, name, in: place)
    case S_IFCHR, S_IFBLK, S_IFIFO: try node(entry, name, in: place)
    default: throw Failure("unpack", EntryPath.text(path), reason: "an entry of unknown kind")
    }
    dropLink(place.join(name))
    return true
  }

  /// Makes something new; where something is in the way, removes that and does it once more.
  ///
  /// - Parameter body: returns a negative number where it has failed.
  private func make(
    _ operation: String, _ name: [UInt8], in place: Place, _ body: (CInt, [CChar]) -> CInt
  ) throws(Failure) -> CInt {
    let cName = name.cName
    var made = body(place.raw, cName)
    if made < 0, errno == EEXIST {
      _ = try makeRoom(name, in: place)
      made = body(place.raw, cName)
    }
    if made < 0 { throw Failure(operation, EntryPath.text(place.join(name)), errno: errno) }
    return made
  }

  // MARK: - Files

  private func file(
    _ entry: TarEntry, _ name: [UInt8], in place: Place, from archive: TarReader
  ) throws(Failure) {
    let permissions = entry.permissions
    let opened = OwnedFD(
      try make("make", name, in: place) { folder, name in
        openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, permissions & 0o777)
      })
    func path() -> String { EntryPath.text(place.join(name)) }
    var size: Int64 = 0
    while let (bytes, offset) = try archive.data() {
      if offset < 0 || offset > limits.bytes { throw Failure("unpack", path(), reason: "impossible offset") }
      if offset != size && lseek(opened.raw, off_t(offset), SEEK_SET) < 0 {
        throw Failure("write", path(), errno: errno)
      }
      var rest = bytes
      while !rest.isEmpty {
        let written = write(opened.raw, rest.baseAddress, rest.count)
        if written < 0 && errno != EINTR { throw Failure("write", path(), errno: errno) }
        rest = UnsafeRawBufferPointer(rebasing: rest[max(0, written)...])
      }
      size = offset + Int64(bytes.count)
    }
    if entry.size > size && ftruncate(opened.raw, off_t(entry.size)) != 0 {
      throw Failure("write", path(), errno: errno)
    }
    // A change of the owner takes away modes and capabilities: they follow. A change of anything moves the times.
    let (uid, gid) = try entry.owner()
    if place.givesGroup || uid != own.uid || gid != own.gid, fchown(opened.raw, uid, gid) != 0 {
      throw Failure("change owner of", path(), errno: errno)
    }
    if permissions & 0o7000 != 0, fchmod(opened.raw, permissions) != 0 {
      throw Failure("change mode of", path(), errno: errno)
    }
    if entry.hasAttributes {
      try setAttributes(entry, path) { name, value in
        shim_set_attribute(opened.raw, name, value.baseAddress, value.count)
      }
    }
    if futimens(opened.raw, entry.times) != 0 { throw Failure("change times of", path(), errno: errno) }
  }

  /// Source: xattr(7). What the overlay and SELinux say of their own files is not the archive's to say; ACLs would be
  /// inherited by what is put into folders.
  private func setAttributes(
    _ entry: TarEntry, _ path: () -> String,
    _ set: (UnsafePointer<CChar>, UnsafeRawBufferPointer) -> CInt
  ) throws(Failure) {
    try entry.attributes { name, value throws(Failure) in
      let text = String(cString: name)
      if text.hasPrefix("trusted.overlay.") || text.hasPrefix("user.overlay.") { return }
      if text.hasPrefix("system.") || text == "security.selinux" { return }
      let failed = set(name, value)
      // What this file system, or this kind of file, cannot have.
      if failed == 0 || failed == -ENOTSUP { return }
      if failed == -EPERM && entry.kind != S_IFREG && entry.kind != S_IFDIR { return }
      throw Failure("set extended attribute \(EntryPath.text(name)) of", path(), errno: -failed)
    }
  }

  // MARK: - Folders

  private func describeRoot(_ entry: TarEntry) throws(Failure) {
    guard entry.kind == S_IFDIR, entry.hardLink == nil else {
      throw Failure("unpack", "/", reason: "the layer's root is not a folder there")
    }
    try describeFolder(entry, [])
    forgetPlaces()
  }

  private func folder(_ entry: TarEntry, _ name: [UInt8], in place: Place) throws(Failure) {
    let cName = name.cName
    let path = place.join(name)
    if mkdirat(place.raw, cName, entry.permissions & 0o777) != 0 {
      if errno != EEXIST { throw Failure("make folder", EntryPath.text(path), errno: errno) }
      var status = stat()
      fstatat(place.raw, cName, &status, AT_SYMLINK_NOFOLLOW)
      if status.st_mode & S_IFMT != S_IFDIR {
        // What it replaces has hidden, or replaced, all that was below.
        _ = try makeRoom(name, in: place)
        if mkdirat(place.raw, cName, entry.permissions & 0o777) != 0 {
          throw Failure("make folder", EntryPath.text(path), errno: errno)
        }
        try hideBelow(path)
      } else {
        // What is in its group may be another from now on.
        forgetPlaces()
      }
      return try describeFolder(entry, path)
    }
    let (uid, gid) = try entry.owner()
    if entry.hasAttributes || place.givesGroup { return try describeFolder(entry, path) }
    if uid != own.uid || gid != own.gid, fchownat(place.raw, cName, uid, gid, AT_SYMLINK_NOFOLLOW) != 0 {
      throw Failure("change owner of", EntryPath.text(path), errno: errno)
    }
    if entry.permissions & 0o7000 != 0, fchmodat(place.raw, cName, entry.permissions, 0) != 0 {
      throw Failure("change mode of", EntryPath.text(path), errno: errno)
    }
    try named(path, entry.times)
  }

  private func describeFolder(_ entry: TarEntry, _ path: [UInt8]) throws(Failure) {
    let opened = try open(path, O_RDONLY | O_DIRECTORY)
    let (uid, gid) = try entry.owner()
    if fchown(opened.raw, uid, gid) != 0 {
      throw Failure("change owner of", EntryPath.text(path), errno: errno)
    }
    if fchmod(opened.raw, entry.permissions) != 0 {
      throw Failure("change mode of", EntryPath.text(path), errno: errno)
    }
    try setAttributes(entry, { EntryPath.text(path) }) { name, value in
      shim_set_attribute(opened.raw, name, value.baseAddress, value.count)
    }
    try named(path, entry.times)
  }

  // MARK: - The rest

  private func symbolicLink(_ entry: TarEntry, _ name: [UInt8], in place: Place) throws(Failure) {
    guard let text = entry.linkText, text.pointee != 0, strlen(text) < 4096 else {
      throw Failure("unpack", EntryPath.text(place.join(name)), reason: "a link that leads nowhere")
    }
    _ = try make("make link", name, in: place) { symlinkat(text, $0, $1) }
    try describeEntry(entry, name, in: place)
  }

  private func node(_ entry: TarEntry, _ name: [UInt8], in place: Place) throws(Failure) {
    let device = entry.kind == S_IFIFO ? 0 : shim_device(entry.deviceMajor, entry.deviceMinor)
    if entry.kind == S_IFCHR && device == 0 {
      throw Failure(
        "unpack", EntryPath.text(place.join(name)),
        reason: "the device 0:0, which would delete what the layers below have")
    }
    _ = try make("make device or pipe", name, in: place) {
      mknodat($0, $1, entry.kind | entry.permissions & 0o777, device)
    }
    try describeEntry(entry, name, in: place)
  }

  /// What is said of things that are not opened.
  private func describeEntry(_ entry: TarEntry, _ name: [UInt8], in place: Place) throws(Failure) {
    let cName = name.cName
    func path() -> String { EntryPath.text(place.join(name)) }
    let (uid, gid) = try entry.owner()
    if place.givesGroup || uid != own.uid || gid != own.gid,
      fchownat(place.raw, cName, uid, gid, AT_SYMLINK_NOFOLLOW) != 0
    {
      throw Failure("change owner of", path(), errno: errno)
    }
    if entry.kind != S_IFLNK, entry.permissions & 0o7000 != 0,
      fchmodat(place.raw, cName, entry.permissions, 0) != 0
    {
      throw Failure("change mode of", path(), errno: errno)
    }
    if entry.hasAttributes {
      let own = "/proc/self/fd/\(place.raw)/".utf8CString.dropLast() + cName
      try setAttributes(entry, path) { name, value in
        shim_set_attribute_at(Array(own), name, value.baseAddress, value.count)
      }
    }
    if utimensat(place.raw, cName, entry.times, AT_SYMLINK_NOFOLLOW) != 0 {
      throw Failure("change times of", path(), errno: errno)
    }
  }

  /// Makes another name of what this layer has. What it has not must be in a layer below, and waits.
  private func link(_ name: [UInt8], in place: Place, to target: [UInt8]) throws(Failure) {
    let path = place.join(name)
    func failed(_ reason: String) -> Failure {
      Failure("link \(EntryPath.text(path)) to", EntryPath.text(target), reason: reason)
    }
    if target.isEmpty { throw failed("a link to a folder") }
    let last = EntryPath.lastName(in: target)
    let targetName = Array(target[last...])
    var status = stat()
    let found = try walk(Array(target[..<max(0, last - 1)]), making: false)
    guard let found, fstatat(found.raw, targetName.cName, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      let waiting = found.map { $0.join(targetName) } ?? target
      if waiting == path { throw failed("a link to itself") }
      _ = try makeRoom(name, in: place)
      dropLink(path)
      try remember(path + target)
      rest.links.append(DeferredWork.Link(path: path, target: target))
      return
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw failed("a link to a folder") }
    if Self.isWhiteout(status) { throw failed("it is deleted in this layer") }
    // Nothing is to be done, and making room would remove it.
    if found.join(targetName) == path { return }
    _ = try make("link", name, in: place) { linkat(found.raw, targetName.cName, $0, $1, 0) }
    dropLink(path)
  }
}
