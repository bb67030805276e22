import OCISpec
import Runtime

extension Platform {
  /// `OS/ARCHITECTURE[/VARIANT]` of `--platform`.
  init(flag text: String) throws(Failure) {
    guard let platform = Platform(text) else {
      throw Failure("--platform", text, reason: "not OS/ARCHITECTURE", hint: "as in linux/amd64")
    }
    self = platform
  }
}
