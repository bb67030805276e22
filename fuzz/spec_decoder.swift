// Fuzzes the reading of configurations: whatever the bytes are, reading returns or throws; it never traps.
//
// Compiled together with the sources of OCISpec by fuzz/run.sh, with libFuzzer and AddressSanitizer.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSpecDecoder(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  readConfiguration(bytes)
  _ = try? SpecDecoder.decodeProcess(bytes).validate()
  _ = try? SpecDecoder.decodeResources(bytes)
  _ = try? SpecDecoder.decodeState(bytes)
  return 0
}

private func readConfiguration(_ bytes: [UInt8]) {
  let spec: Spec
  do {
    spec = try SpecDecoder.decode(bytes)
  } catch {
    // People read it as one line.
    precondition(!error.description.isEmpty && !error.description.utf8.contains(0x0A), "an error of several lines")
    return
  }
  _ = try? spec.validate()
  let filter = try? spec.linux?.seccomp?.decoded()
  // What can be read can be written and read again, and then means the same.
  guard let again = try? SpecDecoder.decode(spec.json()) else { preconditionFailure("what was written cannot be read") }
  precondition(again == spec || filter == nil, "what was written means something else")
}
