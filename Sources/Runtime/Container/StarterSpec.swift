import Glibc
import OCISpec

/// Writing a new bundle's configuration.
public enum StarterSpec {
  /// Writes `config.json` into a bundle's folder.
  ///
  /// - Throws: `Failure` where there is such a file, which is left as it is, or the folder cannot be written to.
  public static func write(to bundle: String, rootless: Bool) throws {
    var spec = DefaultSpec.starter()
    if rootless { spec.makeRootless(uid: geteuid(), gid: getegid()) }
    let path = Files.absolute(bundle) + "/config.json"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0 {
      if errno != EEXIST { throw Failure("write", path, errno: errno) }
      throw Failure(
        "write", path, reason: "it exists already", hint: "remove it first, or choose another bundle")
    }
    let file = OwnedFD(descriptor)
    do {
      try Files.write(spec.json(.indented(2)) + [UInt8(ascii: "\n")], to: file.raw, path)
    } catch {
      unlink(path)
      throw error
    }
  }
}
