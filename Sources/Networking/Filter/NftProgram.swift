import CShim
import Glibc
import Runtime

/// The program nft(8), which reads rules as people write them.
enum NftProgram {
  /// Has it make the changes of a text, all or none.
  ///
  /// - Throws: `Failure` where there is no `nft`, or with the first thing it has to complain of.
  static func load(_ text: String) throws(Failure) {
    let input = try memory("rules", text)
    let errors = try memory("errors", "")
    let pid = ChildProgram.start(
      "nft", ["nft", "-f", "-"],
      descriptors: [(input.raw, STDIN_FILENO), (errors.raw, STDOUT_FILENO), (errors.raw, STDERR_FILENO)])
    if pid == -ENOENT {
      throw Failure(
        "run", "nft", reason: "executable file not found in PATH", hint: "install the package nftables")
    }
    if pid < 0 { throw Failure("run", "nft", errno: -pid) }
    if ChildProgram.wait(pid) == 0 { return }
    var said = [UInt8](repeating: 0, count: 512)
    let count = pread(errors.raw, &said, said.count, 0)
    let line = said.prefix(max(0, count)).split(separator: UInt8(ascii: "\n")).first ?? []
    throw Failure(
      "load the packet filter's rules", "nft -f -", reason: String(decoding: line, as: UTF8.self))
  }

  private static func memory(_ name: String, _ text: String) throws(Failure) -> OwnedFD {
    let made = shim_memfd_create(name, 1)  // MFD_CLOEXEC
    if made < 0 { throw Failure("make a memory file", errno: -made) }
    let file = OwnedFD(made)
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      if written <= 0 { throw Failure("write to a memory file", errno: errno) }
      rest = rest.dropFirst(written)
    }
    lseek(file.raw, 0, SEEK_SET)
    return file
  }
}
