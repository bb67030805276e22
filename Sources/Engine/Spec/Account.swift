import OCISpec
import Runtime

/// `--user`: names and numbers, looked up in the container's own passwd and group files. A number is never looked up as
/// a name: whoever wrote these files would say who 1000 is, and might say root.
enum Account {
  /// The user for `USER[:GROUP]`.
  static func find(_ text: String, rootfs: String) throws(Failure) -> User {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard !parts[0].isEmpty, parts.count == 1 || !parts[1].isEmpty else {
      throw Failure("--user", text, reason: "not USER or USER:GROUP")
    }
    let people = entries("etc/passwd", rootfs)
    let groups = entries("etc/group", rootfs)
    var user = User(uid: 0, gid: 0)
    let number = try id(parts[0], text, "--user")
    let person = people.first { number == nil ? $0[0] == parts[0] : $0.count > 2 && UInt32($0[2]) == number }
    if let person, person.count > 3, let uid = UInt32(person[2]), let gid = UInt32(person[3]) {
      user = User(uid: uid, gid: gid)
      // The groups that list the user; as with login, none where a group is named.
      if parts.count == 1 {
        user.additionalGids = groups.filter {
          $0.count > 3 && $0[3].split(separator: ",").contains(Substring(person[0]))
        }
        .compactMap { UInt32($0[2]) }
      }
    } else if let number {
      user = User(uid: number, gid: 0)
    } else {
      throw Failure("unable to find user \(parts[0])", reason: "no matching entries in passwd file")
    }
    if parts.count == 2 { user.gid = try group(parts[1], of: text, flag: "--user", groups) }
    // Named once more among the others: permissions that a file denies its group hold for the process as well
    // (CVE-2022-36109).
    user.additionalGids.removeAll { $0 == user.gid }
    user.additionalGids.insert(user.gid, at: 0)
    return user
  }

  /// Adds the groups of `--group-add`, names or numbers.
  static func add(_ groups: [String], to user: inout User, rootfs: String) throws(Failure) {
    if groups.isEmpty { return }
    let known = entries("etc/group", rootfs)
    for text in groups {
      if text.isEmpty { throw Failure("--group-add", text, reason: "not a group's name or number") }
      let gid = try group(text, of: text, flag: "--group-add", known)
      if !user.additionalGids.contains(gid) { user.additionalGids.append(gid) }
    }
  }

  private static func group(
    _ name: String, of whole: String, flag: String, _ groups: [[String]]
  ) throws(Failure) -> UInt32 {
    if let number = try id(name, whole, flag) { return number }
    let entry = groups.first { $0[0] == name && $0.count > 2 }
    guard let gid = entry.flatMap({ UInt32($0[2]) }) else {
      throw Failure("unable to find group \(name)", reason: "no matching entries in group file")
    }
    return gid
  }

  /// A number, nil for a name. Numbers out of range are errors, never user 0.
  private static func id(_ text: String, _ whole: String, _ flag: String) throws(Failure) -> UInt32? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    guard let id = UInt32(text), id <= UInt32(Int32.max) else {
      throw Failure(flag, whole, reason: "uids and gids must be in range 0-2147483647")
    }
    return id
  }

  private static func entries(_ file: String, _ rootfs: String) -> [[String]] {
    guard let bytes = RootFile.read(file, in: rootfs) else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).map { line in
      line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}
