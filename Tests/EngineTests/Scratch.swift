import Glibc

/// A rootfs folder for one test, removed with the value.
final class Scratch {
  let path: String

  init(passwd: String? = nil, group: String? = nil) {
    var template = Array("/tmp/swiftainer-engine-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template)!)
    mkdir(path + "/etc", 0o755)
    if let passwd { write(passwd, to: "etc/passwd") }
    if let group { write(group, to: "etc/group") }
  }

  deinit {
    for name in ["file", "etc/passwd", "etc/group", "etc", ""] { remove(path + "/" + name) }
  }

  func write(_ text: String, to name: String) {
    let file = fopen(path + "/" + name, "w")!
    fputs(text, file)
    fclose(file)
  }
}
