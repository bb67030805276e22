import CShim
import Glibc
import Runtime

/// The folder that a layer's archive goes into, held by its descriptor. Nothing leads out of it: folders are opened
/// below it by names that are no links; links on the way are followed here, as the root's own.
///
/// It is nobody else's meanwhile.
final class LayerTree {
  /// A folder that something is put into.
  final class Place {
    let opened: OwnedFD
    /// From the layer's root on, without any link.
    let path: [UInt8]
    /// New files in it get its group.
    let givesGroup: Bool

    init(_ opened: consuming OwnedFD, _ path: [UInt8]) {
      var status = stat()
      givesGroup = fstat(opened.raw, &status) == 0 && status.st_mode & S_ISGID != 0
      self.opened = opened
      self.path = path
    }

    var raw: CInt { opened.raw }
    func join(_ name: some Sequence<UInt8>) -> [UInt8] { EntryPath.join(path, name) }
  }

  /// What was where something else is put.
  enum Former {
    case nothing, whiteout, folder, other
  }

  let limits: UnpackLimits
  let root: OwnedFD
  /// Who owns new files.
  let own = (uid: geteuid(), gid: getegid())
  private var places: [[UInt8]: Place] = [:]
  private var last: (path: [UInt8], place: Place)?
  /// The folders' times, by their paths without links: what is put into them changes them.
  private var times: [[UInt8]: (timespec, timespec)] = [:]
  /// What is left for the time when the layers below are known.
  var rest = DeferredWork()
  /// Folders that hide what is below them.
  var opaque: Set<[UInt8]> = []
  private var remembered = 0

  /// - Parameter folder: a folder's descriptor, which may be a mere path (O_PATH); it stays its owner's.
  init(_ folder: CInt, _ limits: UnpackLimits) throws(Failure) {
    self.limits = limits
    root = try Files.open(".", O_RDONLY | O_DIRECTORY, in: folder)
    // What it is where neither the archive nor a layer below says more.
    if fchmod(root.raw, 0o755) != 0 { throw Failure("change mode of", "the layer's folder", errno: errno) }
    rest.folders.insert([])
  }

  static let pathOnly: CInt = 0o10_000_000
  /// RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS.
  private static let beneathWithoutLinks: UInt64 = 0x08 | 0x04 | 0x02

  /// Opens what is below the root, by a path without links.
  func open(_ path: [UInt8], _ flags: CInt) throws(Failure) -> OwnedFD {
    let opened = shim_openat2(
      root.raw, path.isEmpty ? [0x2E, 0] : path.cName, UInt64(flags | O_CLOEXEC), 0, Self.beneathWithoutLinks)
    if opened < 0 { throw Failure("open", EntryPath.text(path), errno: -opened) }
    return OwnedFD(opened)
  }

  // MARK: - Where things go

  /// The folder of that path, links followed; what is missing is made.
  func place(_ path: [UInt8]) throws(Failure) -> Place {
    if let last, last.path == path { return last.place }
    var found = places[path]
    if found == nil { found = try find(path) }
    last = (path, found!)
    return found!
  }

  private func find(_ path: [UInt8]) throws(Failure) -> Place {
    let opened = shim_openat2(
      root.raw, path.isEmpty ? [0x2E, 0] : path.cName,
      UInt64(Self.pathOnly | O_DIRECTORY | O_CLOEXEC), 0, Self.beneathWithoutLinks)
    let found = opened >= 0 ? Place(OwnedFD(opened), path) : try walk(path, making: true)!
    // Each holds a descriptor.
    if places.count >= 64 { places.removeAll(keepingCapacity: true) }
    places[path] = found
    return found
  }

  /// What a path leads to may be another folder from now on.
  func forgetPlaces() {
    places.removeAll(keepingCapacity: true)
    last = nil
  }

  /// Goes to a folder name by name, links followed as below this root.
  ///
  /// - Returns: nil where it is not there, and is not to be made.
  func walk(_ path: [UInt8], making: Bool) throws(Failure) -> Place? {
    var todo = path.split(separator: 0x2F).reversed().map(Array.init)
    var place = Place(try open([], Self.pathOnly | O_DIRECTORY), [])
    var (links, steps) = (0, 0)
    while let name = todo.popLast() {
      steps += 1
      if steps > 5000 { throw Failure("follow", EntryPath.text(path), errno: ELOOP) }
      if name == [0x2E, 0x2E] {
        let above = EntryPath.parent(of: place.path)
        place = Place(try open(above, Self.pathOnly | O_DIRECTORY), above)
        continue
      }
      let next = place.join(name)
      var status = stat()
      let isThere = fstatat(place.raw, name.cName, &status, AT_SYMLINK_NOFOLLOW) == 0
      if !isThere && errno != ENOENT { throw Failure("look at", EntryPath.text(next), errno: errno) }
      if isThere, status.st_mode & S_IFMT == S_IFLNK {
        links += 1
        if links > 40 { throw Failure("follow", EntryPath.text(path), errno: ELOOP) }
        let text = try Self.linkText(place.raw, name, next)
        if text.first == 0x2F { place = Place(try open([], Self.pathOnly | O_DIRECTORY), []) }
        todo += text.split(separator: 0x2F).reversed().map(Array.init).filter { $0 != [0x2E] }
        continue
      }
      let isWhiteout = isThere && Self.isWhiteout(status)
      if !isThere || isWhiteout {
        if !making { return nil }
        if next.count > limits.nameLength {
          throw Failure("make folder", EntryPath.text(next), errno: ENAMETOOLONG)
        }
        try makeImplied(name, in: place, next, hides: isWhiteout)
      } else if status.st_mode & S_IFMT != S_IFDIR {
        throw Failure("unpack", EntryPath.text(path), reason: "\(EntryPath.text(next)) is no folder")
      }
      place = Place(try open(next, Self.pathOnly | O_DIRECTORY), next)
    }
    return place
  }

  static func linkText(_ folder: CInt, _ name: [UInt8], _ path: [UInt8]) throws(Failure) -> [UInt8] {
    var failed: CInt = 0
    let text = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      let got = buffer.withMemoryRebound(to: CChar.self) {
        readlinkat(folder, name.cName, $0.baseAddress!, $0.count)
      }
      failed = got < 0 ? errno : 0
      count = max(0, got)
    }
    if failed != 0 { throw Failure("read link", EntryPath.text(path), errno: failed) }
    return text
  }

  /// A folder that the archive needs and has not named so far. What it is like is told by the layers below, later.
  private func makeImplied(_ name: [UInt8], in place: Place, _ path: [UInt8], hides: Bool) throws(Failure) {
    if hides { unlinkat(place.raw, name.cName, 0) }
    guard mkdirat(place.raw, name.cName, 0o755) == 0,
      !place.givesGroup || fchownat(place.raw, name.cName, own.uid, own.gid, AT_SYMLINK_NOFOLLOW) == 0,
      fchmodat(place.raw, name.cName, 0o755, 0) == 0
    else { throw Failure("make folder", EntryPath.text(path), errno: errno) }
    dropLink(path)
    if hides {
      try hideBelow(path)
    } else {
      try remember(path)
      rest.folders.insert(path)
    }
  }

  // MARK: - Making room

  /// Removes what this layer has put there already.
  func makeRoom(_ name: [UInt8], in place: Place) throws(Failure) -> Former {
    var status = stat()
    if fstatat(place.raw, name.cName, &status, AT_SYMLINK_NOFOLLOW) != 0 {
      if errno == ENOENT { return .nothing }
      throw Failure("look at", EntryPath.text(place.join(name)), errno: errno)
    }
    let path = place.join(name)
    if status.st_mode & S_IFMT == S_IFDIR {
      try FolderRemoval.remove(name, in: place.raw, path)
      forgetPlaces()
      forget(path)
      return .folder
    }
    if unlinkat(place.raw, name.cName, 0) != 0 {
      throw Failure("replace", EntryPath.text(path), errno: errno)
    }
    if status.st_mode & S_IFMT == S_IFLNK { forgetPlaces() }
    return Self.isWhiteout(status) ? .whiteout : .other
  }

  /// Forgets what was said of a folder that is there no more, and of all below it.
  private func forget(_ path: [UInt8]) {
    func isGone(_ other: [UInt8]) -> Bool { other == path || EntryPath.isBelow(other, path) }
    times = times.filter { !isGone($0.key) }
    rest.folders = rest.folders.filter { !isGone($0) }
    rest.links.removeAll { isGone($0.path) }
    opaque = opaque.filter { !isGone($0) }
    rest.withWhiteouts = rest.withWhiteouts.filter { !isGone($0) }
  }

  /// Something else is at the path of a link that has not been made yet.
  func dropLink(_ path: [UInt8]) {
    if !rest.links.isEmpty { rest.links.removeAll { $0.path == path } }
  }

  /// Counts what an archive makes this process keep in memory.
  func remember(_ path: [UInt8]) throws(Failure) {
    remembered += path.count + 128
    if remembered > limits.memory {
      throw Failure("unpack", EntryPath.text(path), reason: "too many folders and links to remember")
    }
  }

  // MARK: - Folders

  /// The archive has named a folder.
  func named(_ path: [UInt8], _ times: [timespec]) throws(Failure) {
    rest.folders.remove(path)
    try remember(path)
    self.times[path] = (times[0], times[1])
  }

  /// Sets the folders' times, when everything is in them.
  func finish() throws(Failure) {
    for (path, (accessed, changed)) in times {
      let folder = try open(path, Self.pathOnly | O_DIRECTORY)
      if utimensat(folder.raw, "", [accessed, changed], 0x1000) != 0 {  // AT_EMPTY_PATH
        throw Failure("change times of", EntryPath.text(path), errno: errno)
      }
    }
  }
}
