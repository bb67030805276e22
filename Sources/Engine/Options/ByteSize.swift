import Runtime

extension ByteSize {
  /// The size in bytes of a text such as `256m`. `flag` is for the error.
  public static func parse(_ text: String, flag: String) throws(Failure) -> Int64 {
    guard let bytes = parse(text) else {
      throw Failure(flag, text, reason: "not a size", hint: "a number and b, k, m or g, as in 256m")
    }
    return bytes
  }
}
