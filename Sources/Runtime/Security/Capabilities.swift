import CCap
import CShim
import Glibc

/// A set of Linux capabilities, one bit for each as in the kernel's masks. Source: capabilities(7).
///
/// Names come from libcap, so that this file never lags behind a list of its own; what the *kernel* knows
/// is `supported`, what this process may hand on is `available`.
public struct CapabilitySet: OptionSet, Hashable, Sendable {
  /// Bit n is capability number n.
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The set of one capability, by its number (0...63).
  public init(number: Int) { self.rawValue = 1 << UInt64(number) }

  /// The set of one capability by the name a configuration uses: `CAP_` and upper case, nothing else.
  /// `nil` for any other spelling and for names libcap does not know. The corresponding C function is
  /// `cap_from_name`.
  public init?(specName name: String) {
    // libcap alone would also take lower case and bare numbers.
    guard name.utf8.starts(with: "CAP_".utf8), name.utf8.allSatisfy(Self.isNameByte) else { return nil }
    var number: cap_value_t = 0
    guard cap_from_name(name, &number) == 0, number >= 0, number < 64 else { return nil }
    self.init(number: Int(number))
  }

  /// The set of one capability by a name as people type it: any case, with or without `CAP_`.
  public init?(flagName name: String) {
    let upper = name.uppercased()
    self.init(specName: upper.utf8.starts(with: "CAP_".utf8) ? upper : "CAP_" + upper)
  }

  /// The names as in `CAP_CHOWN`, in the order of their numbers. A bit libcap has no name for is left out.
  /// The corresponding C function is `cap_to_name`.
  public var names: [String] {
    var result: [String] = []
    for number in 0..<64 where contains(CapabilitySet(number: number)) {
      guard let text = cap_to_name(cap_value_t(number)) else { continue }
      let name = String(cString: text)
      cap_free(text)
      // Where libcap has no name it answers with the number's digits.
      if name.utf8.starts(with: "cap_".utf8) { result.append(name.uppercased()) }
    }
    return result
  }

  /// Every capability the running kernel has. The corresponding C function is `cap_max_bits`.
  public static var supported: CapabilitySet {
    let count = Int(cap_max_bits())
    return CapabilitySet(rawValue: count >= 64 ? .max : (1 << UInt64(count)) - 1)
  }

  /// The number of the highest capability the running kernel has.
  static var last: Int { Int(cap_max_bits()) - 1 }

  /// What a process launched by this one can be given.
  ///
  /// In a user namespace other than ours a process starts with everything the kernel has. In ours the
  /// kernel grants neither what our bounding set lacks nor what we are not permitted ourselves: container
  /// hosts and sandboxes commonly lack a few (capset(2), `PR_CAPBSET_READ` in prctl(2)).
  public static func available(inOtherUserNamespace: Bool) -> CapabilitySet {
    guard !inOtherUserNamespace else { return supported }
    return CapabilitySet(rawValue: shim_bounding_set()).intersection(permitted)
  }

  /// The permitted set of the calling thread. The corresponding C function is `capget`.
  private static var permitted: CapabilitySet {
    // Version 3 of the call splits each mask into two words of 32 bits.
    var header = __user_cap_header_struct(version: 0x2008_0522, pid: 0)
    var words = (__user_cap_data_struct(), __user_cap_data_struct())
    let failed = withUnsafeMutablePointer(to: &words) { pointer in
      pointer.withMemoryRebound(to: __user_cap_data_struct.self, capacity: 2) { capget(&header, $0) }
    }
    guard failed == 0 else { return [] }
    return CapabilitySet(rawValue: UInt64(words.0.permitted) | UInt64(words.1.permitted) << 32)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: false
    }
  }
}

extension CapabilitySet: CustomStringConvertible {
  public var description: String {
    names.reduce(into: "") { text, name in text += text.isEmpty ? name : " " + name }
  }
}
