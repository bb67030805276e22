import Glibc
import OCISpec
import Runtime
import Testing

@testable import Engine

@Suite struct AccountTests {
  let scratch = Scratch(
    passwd:
      "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001::/home/user:\n12:x:34:56::/:\nbroken\nshort:x:7\n",
    group:
      "root:x:0:\nown:x:1001:\nstaff:x:50:user,other\ntty:x:5:other,user\nodd:x:notanumber:user\n12:x:0:\n")

  func find(_ text: String) throws -> User { try Account.find(text, rootfs: scratch.path) }

  @Test func name() throws {
    #expect(try find("user") == User(uid: 1000, gid: 1001, additionalGids: [1001, 50, 5]))
  }

  @Test func numberThatIsKnown() throws {
    #expect(try find("1000") == User(uid: 1000, gid: 1001, additionalGids: [1001, 50, 5]))
  }

  @Test func numberThatIsNot() throws {
    #expect(try find("4242") == User(uid: 4242, gid: 0, additionalGids: [0]))
  }

  /// Whoever wrote the image would say who that is.
  @Test func numberIsNeverAName() throws {
    #expect(try find("12") == User(uid: 12, gid: 0, additionalGids: [0]))
    #expect(try find("user:12").gid == 12)
    var user = User(uid: 1, gid: 1)
    try Account.add(["12", "staff"], to: &user, rootfs: scratch.path)
    #expect(user.additionalGids == [12, 50])
  }

  @Test(arguments: [("user:staff", 50), ("user:7", 7), ("1000:root", 0)])
  func group(_ text: String, _ gid: UInt32) throws {
    #expect(try find(text) == User(uid: 1000, gid: gid, additionalGids: [gid]))
  }

  @Test(arguments: [
    "", ":", "user:", ":staff", "nobody", "broken", "short", "user:none", "-1", "2147483648", "0:99999999999",
  ])
  func refused(_ text: String) {
    #expect(throws: Failure.self) { try find(text) }
  }

  @Test func withoutFiles() throws {
    let bare = Scratch()
    #expect(try Account.find("0", rootfs: bare.path) == User(uid: 0, gid: 0, additionalGids: [0]))
    #expect(throws: Failure.self) { try Account.find("root", rootfs: bare.path) }
  }

  @Test func linkOutOfTheRootIsNotFollowed() throws {
    let bare = Scratch()
    symlink("/etc/passwd", bare.path + "/etc/passwd")
    #expect(throws: Failure.self) { try Account.find("root", rootfs: bare.path) }
  }
}
