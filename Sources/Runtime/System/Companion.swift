import Glibc

/// The programs that belong to this one.
public enum Companion {
  /// Where one is: beside this program, else where `make install` puts it.
  public static func path(of name: String, hint: String = "") throws(Failure) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard length > 0 else {
      throw Failure("find this program", "/proc/self/exe", errno: errno, hint: "is /proc mounted?")
    }
    let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let folder = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
    for candidate in [folder + "/" + name, folder + "/../libexec/swiftainer/" + name]
    where access(candidate, R_OK) == 0 { return candidate }
    throw Failure(
      "find \(name)", folder, errno: ENOENT,
      hint: "it belongs beside swiftainer or in ../libexec/swiftainer: make build, or make install" + hint
    )
  }
}
