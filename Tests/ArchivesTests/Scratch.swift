import CShim
import Glibc
import OCISpec
import Runtime
import Testing

@testable import Archives

/// A folder for one test, removed with the value.
final class Scratch {
  let path: String

  init() {
    var template = Array("/tmp/swiftainer-archives-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
  }

  deinit { ScratchFolder.remove(path) }

  /// A folder in it that is made.
  func folder(_ name: String) -> String {
    let folder = path + "/" + name
    try! Files.makeFolders(folder, mode: 0o755)
    return folder
  }

  /// Unpacks an archive into a folder of that name, a few bytes after the others.
  @discardableResult
  func unpack(
    _ bytes: [UInt8], into name: String = "fs", limits: UnpackLimits = UnpackLimits(), step: Int = 7001
  ) throws(Failure) -> UnpackedLayer {
    let opened = try Files.open(folder(name), O_RDONLY | O_DIRECTORY)
    let unpacker = try LayerUnpacker(into: opened.raw, name: "layer", limits: limits)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(step))
      rest = rest.dropFirst(step)
      try part.withBytes { (bytes) throws(Failure) in try unpacker.write(bytes) }
    }
    return try unpacker.finish()
  }

  func unpack(
    into name: String = "fs", limits: UnpackLimits = UnpackLimits(), _ body: (inout TarBytes) -> Void
  ) throws(Failure) -> UnpackedLayer {
    try unpack(TarBytes(body).whole, into: name, limits: limits)
  }

  /// What unpacking fails with; empty where it does not.
  func refusal(limits: UnpackLimits = UnpackLimits(), _ body: (inout TarBytes) -> Void) -> String {
    do throws(Failure) {
      _ = try unpack(limits: limits, body)
      return ""
    } catch {
      return error.description
    }
  }

  /// Finishes a layer above others, the top one first.
  func complete(_ layer: UnpackedLayer, _ name: String, above lowers: [String]) throws(Failure) {
    let opened = try Files.open(path + "/" + name, O_RDONLY | O_DIRECTORY)
    try layer.rest.complete(in: opened.raw, above: lowers.map { path + "/" + $0 })
  }

  func status(_ name: String) -> stat? {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0 ? status : nil
  }

  func isWhiteout(_ name: String) -> Bool { status(name).map(LayerTree.isWhiteout) ?? false }

  func isOpaque(_ name: String) -> Bool { attribute("trusted.overlay.opaque", of: name) == Array("y".utf8) }

  func mode(_ name: String) -> mode_t? { status(name).map { $0.st_mode & 0o7777 } }

  func attribute(_ attribute: String, of name: String) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 4096)
    let got = shim_get_attribute_at(path + "/" + name, attribute, &value, value.count)
    return got < 0 ? nil : Array(value.prefix(got))
  }

  func text(_ name: String) -> String? {
    (try? Files.read(path + "/" + name)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What a command says; its end is checked.
  @discardableResult
  func run(_ command: String) throws -> String {
    let pipe = try #require(popen("cd \(path) && " + command, "r"))
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let got = fread(&buffer, 1, buffer.count, pipe)
      if got == 0 { break }
      text += buffer.prefix(got)
    }
    #expect(pclose(pipe) == 0, "\(command)")
    return String(decoding: text, as: UTF8.self)
  }

  /// All that is said of a tree, a line for each thing in it, in order.
  func listing(_ folder: String) throws -> String {
    try run(
      "cd \(folder) && find . -mindepth 1 -printf '%p %y %m %U:%G %s %n %l %T@ ' "
        + "\\( -type f -exec sha256sum {} \\; -o -printf '\\n' \\) | sort")
  }

  /// Compresses bytes.
  static func compressed(_ bytes: [UInt8], _ compression: MediaType.Compression) throws -> [UInt8] {
    var result: [UInt8] = []
    let compressor = try Compressor(compression) { (bytes) throws(Failure) in result += bytes }
    try bytes.withBytes { (bytes) throws(Failure) in try compressor.write(bytes) }
    try compressor.finish()
    return result
  }
}
