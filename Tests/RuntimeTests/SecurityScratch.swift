import Glibc

/// A folder of its own for a test, removed with all it holds.
final class SecurityScratch {
  let path: String

  init() throws {
    var template = Array("/tmp/swiftainer-security-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failed(code: errno) }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { Self.removeTree(path) }

  private static func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in namesInFolder(path) { removeTree(path + "/" + name) }
    }
    remove(path)
  }

  /// Writes a file, making the folders above it.
  func write(_ text: String, to name: String) throws {
    let whole = path + "/" + name
    for (index, character) in whole.enumerated() where character == "/" && index > path.count {
      mkdir(String(whole.prefix(index)), 0o755)
    }
    try writeBytes(Array(text.utf8), to: whole)
  }

  /// Writes a program, and answers its path. Another process copies it to where it is run: were it written there by this
  /// one, a child that another test forks meanwhile would have it open for writing, and the kernel not run it.
  func program(_ name: String, _ text: String) throws -> String {
    try write(text, to: name + ".text")
    let program = path + "/" + name
    guard system("install -m 755 \(program).text \(program)") == 0 else { throw Failed(code: EIO) }
    return program
  }

  struct Failed: Error { var code: CInt }
}

func bytesOfFile(_ path: String) throws -> [UInt8] {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw SecurityScratch.Failed(code: errno) }
  defer { close(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &chunk, chunk.count)
    guard count > 0 else { return bytes }
    bytes += chunk[..<count]
  }
}

func textOfFile(_ path: String) throws -> String { String(decoding: try bytesOfFile(path), as: UTF8.self) }

func writeBytes(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
  let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
  guard file >= 0 else { throw SecurityScratch.Failed(code: errno) }
  defer { close(file) }
  guard write(file, bytes, bytes.count) == bytes.count else { throw SecurityScratch.Failed(code: errno) }
}

/// The names in a folder, sorted.
func namesInFolder(_ path: String) -> [String] {
  guard let stream = opendir(path) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
    let name = String(
      cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}
