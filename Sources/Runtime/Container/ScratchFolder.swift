import CShim

/// The folder that a container writes into, and that goes with it.
public enum ScratchFolder {
  /// Removes a folder and all below it; links are removed, not followed. What is not there is fine.
  public static func remove(_ path: String) { shim_remove_tree(path) }
}
