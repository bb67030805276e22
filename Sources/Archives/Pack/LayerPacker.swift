import CShim
import Glibc
import OCISpec
import Runtime

/// What packing a folder has given.
public struct PackedLayer: Sendable {
  /// Of the archive as it was written.
  public let digest: Digest
  /// Of the archive as it was written, in bytes.
  public let size: Int64
  /// Of the archive without compression.
  public let diffID: Digest
  /// Of the archive without compression, in bytes.
  public let unpackedSize: Int64
  public let entries: Int
}

/// Writes a folder as an archive: the same folder gives the same bytes. Names are in order, a folder before what is in
/// it; owners are numbers; times of access are left out.
public struct LayerPacker: Sendable {
  /// What the folder is.
  public enum Form: Sendable {
    /// Files, as `export` writes them.
    case files
    /// A layer as overlayfs has it: what deletes becomes what deletes in archives.
    case overlay
  }

  public var form = Form.files
  public var compression = MediaType.Compression.none
  /// Paths that are left out, with all below them; from the folder on, without a slash at their beginning.
  public var leftOut: Set<String> = []

  public init() {}

  /// Writes all that is in a folder, and the folder itself as `./`, so that its mode is kept.
  ///
  /// - Parameter name: what errors call the folder.
  public func pack(_ folder: CInt, name: String, to sink: @escaping ByteSink) throws(Failure) -> PackedLayer {
    var packed = StreamDigest()
    var unpacked = StreamDigest()
    let isPlain = compression == .none
    let compressor = try Compressor(compression) { bytes throws(Failure) in
      packed.update(bytes)
      try sink(bytes)
    }
    let writer = TarWriter { bytes throws(Failure) in
      if !isPlain { unpacked.update(bytes) }
      try compressor.write(bytes)
    }
    let walk = PackWalk(writer, form: form, leftOut: Set(leftOut.map { Array($0.utf8) }), name: name)
    try walk.pack(folder)
    try writer.finish()
    try compressor.finish()
    let whole = isPlain ? packed : unpacked
    return PackedLayer(
      digest: packed.digest(), size: packed.count, diffID: whole.digest(), unpackedSize: whole.count,
      entries: walk.entries)
  }
}

/// Goes through a folder by descriptors, never through a link: somebody may change it meanwhile.
private final class PackWalk {
  /// A file, whatever its names.
  private struct FileNumber: Hashable {
    let device: dev_t
    let inode: ino_t
  }

  /// So deep folders may be: each holds a descriptor.
  private static let mostDepth = 900

  private let writer: TarWriter
  private let form: LayerPacker.Form
  private let leftOut: Set<[UInt8]>
  private let name: String
  private var firstPlaces: [FileNumber: [UInt8]] = [:]
  private let buffer = Buffer(1 << 18)
  private(set) var entries = 0

  init(_ writer: TarWriter, form: LayerPacker.Form, leftOut: Set<[UInt8]>, name: String) {
    self.writer = writer
    self.form = form
    self.leftOut = leftOut
    self.name = name
  }

  func pack(_ folder: CInt) throws(Failure) {
    DescriptorLimit.allow(Self.mostDepth + 256)
    let root = try Files.open(".", O_RDONLY | O_DIRECTORY, in: folder)
    var status = stat()
    if fstat(root.raw, &status) != 0 { throw Failure("look at", name, errno: errno) }
    try write(header(status, [0x2E], .folder, attributes(of: root.raw, nil, [])))
    try packContents(of: root.raw, [], depth: 0)
  }

  private func failed(_ operation: String, _ path: [UInt8]) -> Failure {
    Failure(operation, name + "/" + EntryPath.text(path), errno: errno)
  }

  private func write(_ header: TarHeader) throws(Failure) {
    entries += 1
    try writer.header(header)
  }

  private func packContents(of folder: CInt, _ path: [UInt8], depth: Int) throws(Failure) {
    if depth > Self.mostDepth {
      throw Failure("pack", name + "/" + EntryPath.text(path), reason: "folders lie too deep in one another")
    }
    if form == .overlay, shim_is_opaque(folder), !path.isEmpty {
      try write(TarHeader(path: EntryPath.join(path, Whiteout.opaque), kind: .file))
    }
    for entry in try FolderRemoval.names(folder, path) {
      let place = EntryPath.join(path, entry)
      if leftOut.contains(place) { continue }
      try packEntry(entry, in: folder, path, place, depth: depth)
    }
  }

  private func packEntry(
    _ entry: [UInt8], in folder: CInt, _ path: [UInt8], _ place: [UInt8], depth: Int
  ) throws(Failure) {
    let cName = entry.cName
    var status = stat()
    if fstatat(folder, cName, &status, AT_SYMLINK_NOFOLLOW) != 0 {
      // It has gone meanwhile.
      if errno == ENOENT { return }
      throw failed("look at", place)
    }
    if form == .overlay {
      if LayerTree.isWhiteout(status) {
        return try write(TarHeader(path: EntryPath.join(path, Whiteout.prefix + entry), kind: .file))
      }
      if entry.starts(with: Whiteout.prefix) {
        throw Failure(
          "pack", name + "/" + EntryPath.text(place),
          reason: "a layer cannot have a file whose name begins with .wh.")
      }
    }
    let number = FileNumber(device: status.st_dev, inode: status.st_ino)
    let kind = status.st_mode & S_IFMT
    if kind != S_IFDIR && status.st_nlink > 1 {
      if let first = firstPlaces[number] {
        var header = try header(status, place, .hardLink, [])
        header.target = first
        return try write(header)
      }
      firstPlaces[number] = place
    }
    switch kind {
    case S_IFREG: try packFile(cName, in: folder, place)
    case S_IFDIR:
      let opened = OwnedFD(openat(folder, cName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
      if opened.raw < 0 { throw failed("open", place) }
      if fstat(opened.raw, &status) != 0 { throw failed("look at", place) }
      try write(header(status, place, .folder, attributes(of: opened.raw, nil, place)))
      try packContents(of: opened.raw, place, depth: depth + 1)
    case S_IFLNK:
      var header = try header(status, place, .symbolicLink, attributes(of: folder, cName, place))
      header.target = try LayerTree.linkText(folder, entry, place)
      try write(header)
    case S_IFCHR, S_IFBLK, S_IFIFO:
      let kind: TarHeader.Kind =
        kind == S_IFIFO ? .pipe : kind == S_IFCHR ? .characterDevice : .blockDevice
      var header = try header(status, place, kind, attributes(of: folder, cName, place))
      if kind != .pipe {
        header.device = (shim_device_major(status.st_rdev), shim_device_minor(status.st_rdev))
      }
      try write(header)
    // As with tar: it is of use only to who made it.
    case S_IFSOCK: firstPlaces[number] = nil
    default: throw Failure("pack", name + "/" + EntryPath.text(place), reason: "an entry of unknown kind")
    }
  }

  private func packFile(_ cName: [CChar], in folder: CInt, _ place: [UInt8]) throws(Failure) {
    let file = OwnedFD(openat(folder, cName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
    var status = stat()
    if file.raw < 0 || fstat(file.raw, &status) != 0 { throw failed("open", place) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure("pack", name + "/" + EntryPath.text(place), reason: "it has changed meanwhile")
    }
    var header = try header(status, place, .file, attributes(of: file.raw, nil, place))
    header.size = Int64(status.st_size)
    try write(header)
    var left = header.size
    while left > 0 {
      let got = read(file.raw, buffer.bytes.baseAddress, min(buffer.bytes.count, Int(left)))
      if got < 0 && errno == EINTR { continue }
      if got < 0 { throw failed("read", place) }
      if got == 0 { return try writer.fillUp() }
      try writer.data(UnsafeRawBufferPointer(buffer.bytes[..<got].rebased))
      left -= Int64(got)
    }
  }

  private func header(
    _ status: stat, _ path: [UInt8], _ kind: TarHeader.Kind, _ attributes: [(name: String, value: [UInt8])]
  ) throws(Failure) -> TarHeader {
    TarHeader(
      path: path, kind: kind, permissions: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid,
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, attributes: attributes)
  }

  /// - Parameter entry: a name in the folder; nil for what is open.
  private func attributes(
    of opened: CInt, _ entry: [CChar]?, _ path: [UInt8]
  ) throws(Failure) -> [(name: String, value: [UInt8])] {
    let own = entry.map { Array("/proc/self/fd/\(opened)/".utf8CString.dropLast()) + $0 }
    func fill(_ size: Int, _ body: (UnsafeMutablePointer<CChar>) -> Int) throws(Failure) -> [UInt8] {
      var got = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        got = buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        count = max(0, got)
      }
      if got >= 0 || got == Int(-ENOTSUP) || got == Int(-ENODATA) { return bytes }
      throw Failure(
        "read extended attributes of", name + "/" + EntryPath.text(path), errno: CInt(-got))
    }
    // Most files have none.
    let size = own.map { shim_list_attributes_at($0, nil, 0) } ?? shim_list_attributes(opened, nil, 0)
    if size == 0 || size == Int(-ENOTSUP) { return [] }
    let names = try fill(1 << 16) { names in
      own.map { shim_list_attributes_at($0, names, 1 << 16) } ?? shim_list_attributes(opened, names, 1 << 16)
    }
    var found: [(name: String, value: [UInt8])] = []
    for name in names.split(separator: 0) {
      let text = String(decoding: name, as: UTF8.self)
      if text.hasPrefix("trusted.overlay.") || text.hasPrefix("user.overlay.") {
        if form == .overlay { try checkOverlay(text, path) }
        continue
      }
      if text.hasPrefix("system.") || text == "security.selinux" { continue }
      let value = try fill(1 << 16) { value in
        own.map { shim_get_attribute_at($0, text, value, 1 << 16) }
          ?? shim_get_attribute(opened, text, value, 1 << 16)
      }
      found.append((text, value))
    }
    return found.sorted { $0.name < $1.name }
  }

  /// What an overlay has put elsewhere is not in the folder.
  private func checkOverlay(_ attribute: String, _ path: [UInt8]) throws(Failure) {
    for kind in ["redirect", "metacopy"] where attribute.hasSuffix(".overlay." + kind) {
      throw Failure(
        "pack", name + "/" + EntryPath.text(path), reason: "its content is in another layer",
        hint: "mount the overlay with \(kind == "redirect" ? "redirect_dir" : kind)=off")
    }
  }
}
