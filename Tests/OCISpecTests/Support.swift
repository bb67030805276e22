@testable import OCISpec

/// The text of the `SpecError` that a function throws; "no error" where it returns.
func errorText(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// The text of the error of decoding a `config.json`.
func decodingError(_ text: String) -> String {
  errorText { _ = try SpecDecoder.decode(Array(text.utf8)) }
}

/// A `config.json` with one member besides the version, as in `"hostname": 1`.
func config(_ member: String) -> String { #"{"ociVersion": "1.3.0", \#(member)}"# }

/// A sequence of numbers that is the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
