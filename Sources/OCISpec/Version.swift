/// Constants of the Open Container Initiative.
public enum OCI {
  /// The version of the runtime specification that this library follows.
  public static let specVersion = "1.3.0"
}
