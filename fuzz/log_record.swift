// Fuzzes logs, both ways: whatever a payload writes is read back, and whatever stands in a file, reading never traps.
//
// Compiled by fuzz/run.sh together with the sources of OCISpec and those of the logs that need no system.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLogRecord(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: data, count: size)
  var parser = LogRecordParser()
  if let record = parser.parse(bytes) {
    _ = record.time
    _ = record.attributes
    precondition(record.text.count <= size, "a record that is longer than its line")
  }
  _ = LogMoment.parse(bytes)
  writeAndRead(bytes, &parser)
  return 0
}

/// Lines that were split, written and read are what was written, with U+FFFD for what is no text.
private func writeAndRead(_ bytes: UnsafeRawBufferPointer, _ parser: inout LogRecordParser) {
  var splitter = LineSplitter()
  var written: [UInt8] = []
  // Two reads, at a place that the input chooses.
  let half = bytes.count > 0 ? Int(bytes[0]) * bytes.count / 256 : 0
  for part in [bytes[..<half], bytes[half...]] {
    splitter.feed(UnsafeRawBufferPointer(rebasing: part)) { check($0, &parser, &written, whole: $1) }
  }
  splitter.end { check($0, &parser, &written, whole: $1) }
  if bytes.count > 0 && bytes.last != 0x0A { written.removeLast() }
  precondition(written.elementsEqual(bytes), "other bytes than were written")
}

private func check(
  _ line: UnsafeRawBufferPointer, _ parser: inout LogRecordParser, _ written: inout [UInt8], whole: Bool
) {
  precondition(line.count <= LineSplitter.limit, "a line that is too long")
  written += Array(line) + (whole ? [0x0A] : [])
  let room = UnsafeMutablePointer<UInt8>.allocate(capacity: line.count * JSONEscaping.growth + JSONEscaping.slack)
  defer { room.deallocate() }
  var record = Array(#"{"log":""#.utf8)
  if let source = line.baseAddress?.assumingMemoryBound(to: UInt8.self) {
    record += UnsafeBufferPointer(start: room, count: JSONEscaping.write(source, line.count, to: room) - room)
  }
  record += Array(#"","stream":"stderr","time":"2026-01-02T03:04:05.000000006Z"}"#.utf8)
  record.withUnsafeBytes { record in
    guard let read = parser.parse(record) else { preconditionFailure("what was written cannot be read") }
    precondition(read.stream == .stderr && read.time?.tv_nsec == 6, "another record")
    let text = String(decoding: read.text, as: UTF8.self).unicodeScalars.filter { $0 != "\u{FFFD}" }
    let meant = String(decoding: line, as: UTF8.self).unicodeScalars.filter { $0 != "\u{FFFD}" }
    precondition(text.elementsEqual(meant), "another text")
  }
}
