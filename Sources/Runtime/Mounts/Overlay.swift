import CShim
import Glibc

/// Overlays that are mounted nowhere: their mounts are descriptors, and go with them.
public enum Overlay {
  /// - Parameters:
  ///   - lower: folders, the top one first.
  ///   - upper: what is written into; nil: nothing can be written.
  public static func mount(lower: [String], upper: String? = nil, work: String? = nil) throws(Failure)
    -> OwnedFD
  {
    let options = OverlayRoot.options(lower: lower, upper: upper, work: work)
    let text = options.flatMap { Array($0.utf8CString) }
    let made = shim_make_overlay(text, text.count)
    if made < 0 {
      throw Failure(
        "mount an overlay of \(lower.count) layers", lower[0], errno: -made,
        hint: made == -E2BIG ? "the kernel takes no more before Linux 6.8" : nil)
    }
    return OwnedFD(made)
  }
}
