import CShim

/// What is built.
public enum RuntimeVersion {
  public static let number = "0.1.0"
  /// The commit it was built from, where the build knew it.
  public static var commit: String { String(cString: shim_build_commit()) }
}
