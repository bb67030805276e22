/// Makes archives by hand, as nobody's program would write them.
struct TarBytes {
  var bytes: [UInt8] = []

  /// An entry with a header of the old kind. `sparse` and the like are its caller's to add.
  mutating func entry(
    _ name: [UInt8], type: Character = "0", mode: Int = 0o644, uid: Int = 0, gid: Int = 0, size: Int? = nil,
    time: Int = 1_700_000_000, link: [UInt8] = [], device: (Int, Int) = (0, 0), _ content: [UInt8] = []
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: [UInt8], _ at: Int, _ width: Int) {
      for (index, byte) in text.prefix(width).enumerated() { block[at + index] = byte }
    }
    func put(_ number: Int, _ at: Int, _ width: Int) {
      let digits = String(number, radix: 8)
      put(Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8), at, width)
    }
    put(name, 0, 100)
    put(mode, 100, 7)
    put(uid, 108, 7)
    put(gid, 116, 7)
    put(size ?? content.count, 124, 11)
    put(time, 136, 11)
    put(Array("        ".utf8), 148, 8)
    block[156] = type.asciiValue!
    put(link, 157, 100)
    put(Array("ustar".utf8) + [0, 0x30, 0x30], 257, 8)
    put(device.0, 329, 7)
    put(device.1, 337, 7)
    put(block.reduce(0) { $0 + Int($1) }, 148, 6)
    block[154] = 0
    bytes += block
    body(content)
  }

  mutating func entry(
    _ name: String, type: Character = "0", mode: Int = 0o644, uid: Int = 0, gid: Int = 0, size: Int? = nil,
    time: Int = 1_700_000_000, link: String = "", device: (Int, Int) = (0, 0), _ content: String = ""
  ) {
    entry(
      Array(name.utf8), type: type, mode: mode, uid: uid, gid: gid, size: size, time: time,
      link: Array(link.utf8),
      device: device, Array(content.utf8))
  }

  mutating func file(_ name: String, _ content: String = "", mode: Int = 0o644) {
    entry(name, mode: mode, content)
  }
  mutating func folder(_ name: String, mode: Int = 0o755) { entry(name, type: "5", mode: mode) }
  mutating func symbolicLink(_ name: String, to target: String) {
    entry(name, type: "2", mode: 0o777, link: target)
  }
  mutating func hardLink(_ name: String, to target: String) { entry(name, type: "1", link: target) }

  /// What pax says of the entry that follows.
  mutating func pax(_ records: [(String, [UInt8])], type: Character = "x") {
    var text: [UInt8] = []
    for (key, value) in records {
      let body = Array(" \(key)=".utf8) + value + [0x0A]
      var length = body.count
      while String(length).utf8.count + body.count != length {
        length = String(length).utf8.count + body.count
      }
      text += Array(String(length).utf8) + body
    }
    entry(Array("PaxHeaders/x".utf8), type: type, text)
  }

  /// GNU's long name (`L`) or link (`K`) of the entry that follows.
  mutating func long(_ type: Character, _ name: [UInt8]) {
    entry(Array("././@LongLink".utf8), type: type, name + [0])
  }

  private mutating func body(_ content: [UInt8]) {
    bytes += content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// The archive with its end.
  var whole: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

  init(_ body: (inout TarBytes) -> Void = { _ in }) { body(&self) }
}
