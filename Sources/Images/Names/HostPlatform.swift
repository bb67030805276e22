import Glibc
import OCISpec

extension Platform {
  /// This machine's. The corresponding C function is `uname`.
  public static var host: Platform {
    var names = utsname()
    uname(&names)
    let machine = withUnsafePointer(to: &names.machine) {
      $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
    }
    return Platform(machine) ?? Platform(architecture: machine, os: "linux")
  }
}
