import CShim
import Glibc
import Runtime

/// An image's files as a container finds them: its layers, one above the other.
///
/// Several are mounted when somebody looks, in no mount namespace: the mount is a descriptor, and goes with it. So a
/// file of an upper layer hides that of a lower one, and links lead from layer to layer, by the kernel's own rules.
final class ImageRoot {
  /// The top one first; absolute.
  let layers: [String]
  private var mount: OwnedFD?

  init(layers: [String]) { self.layers = layers }

  /// Valid in this process as long as this object is there.
  func path() throws(Failure) -> String {
    if layers.count == 1 { return layers[0] }
    if let number = mount?.raw { return Self.path(number) }
    let made = try Overlay.mount(lower: layers)
    let number = made.raw
    mount = consume made
    return Self.path(number)
  }

  /// A path below which `etc/passwd` and `etc/group` are as a container finds them. Each start needs them, and a mount
  /// of hundreds of layers takes longer than to find the layer that has both.
  func accounts() throws(Failure) -> String {
    for layer in layers.count > 1 ? layers : [] {
      let folder = layer + "/etc"
      let kind = Self.kind(folder)
      if kind == 0 { continue }
      // A link may lead anywhere, and what is deleted in this layer is not to be found in a lower one.
      guard kind == S_IFDIR else { break }
      let kinds = [Self.kind(folder + "/passwd"), Self.kind(folder + "/group")]
      if kinds == [S_IFREG, S_IFREG] { return layer }
      let opened = try Files.open(folder, O_RDONLY | O_DIRECTORY)
      if kinds != [0, 0] || shim_is_opaque(opened.raw) { break }
    }
    return try path()
  }

  /// As in `S_IFMT`; 0 where there is nothing.
  private static func kind(_ path: String) -> mode_t {
    var status = stat()
    if lstat(path, &status) == 0 { return status.st_mode & S_IFMT }
    return errno == ENOENT ? 0 : S_IFMT
  }

  private static func path(_ descriptor: CInt) -> String { "/proc/self/fd/\(descriptor)" }
}
