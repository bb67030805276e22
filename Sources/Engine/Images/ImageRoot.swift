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

  private static func path(_ descriptor: CInt) -> String { "/proc/self/fd/\(descriptor)" }
}
