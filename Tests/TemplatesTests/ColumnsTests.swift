import Testing

@testable import Templates

/// What is expected is what Go's text/tabwriter makes of the same, with docker's numbers.
@Suite struct ColumnsTests {
  @Test(arguments: [
    ("A\tB\tC\n1\t2\t3\n", "A         B         C\n1         2         3\n"),
    (
      "CONTAINER ID\tIMAGE\tNAMES\n4f66ad9c0b2e\tbusybox:latest\tweb\nabc\tx\ty\n",
      "CONTAINER ID   IMAGE            NAMES\n4f66ad9c0b2e   busybox:latest   web\nabc            x                y\n"
    ),
    (
      "aaaa\tbbb\td\naa\tb\tdd\na\t\naa\tcccc\teee\n",
      "aaaa      bbb       d\naa        b         dd\na         \naa        cccc      eee\n"
    ),
    ("no tabs\nat all\n", "no tabs\nat all\n"),
    ("", ""),
    ("\n", "\n"),
    ("\t\n\tx\n", "          \n          x\n"),
    ("a\t\tb\n\t\tc\n", "a                   b\n                    c\n"),
    (
      "a long cell of many characters\tx\nb\ty\n\nc\tz\n",
      "a long cell of many characters   x\nb                                y\n\nc         z\n"
    ),
    ("a\tb\u{C}c\td\n", "a         b\nc         d\n"),
    (
      "a\u{B}b\tc\naaaaaaaaaaaaaaa\u{B}b\tc\n",
      "a                 b         c\naaaaaaaaaaaaaaa   b         c\n"
    ),
    ("last\tline without newline", "last      line without newline"),
    (
      "x\ty\tz\nmuch longer than ten\ty\nx\t\tlonger still than that\tz\nq\tr\ts\tt\tu\n",
      "x                      y         z\nmuch longer than ten   y\nx                                longer still than that   z\nq                      r         s                        t         u\n"
    ),
    ("größe…\tx\nabc\ty\n", "größe…    x\nabc       y\n"),
    ("a\tb\u{C}longer than ten\td\ne\tf\n", "a         b\nlonger than ten   d\ne                 f\n"),
    ("\t\t\t\n", "                              \n"),
  ])
  func aligned(_ text: String, _ expected: String) {
    #expect(Columns.aligned(text) == expected)
  }

  /// Places on the terminal count, not characters.
  @Test func wideAndInvisibleCharacters() {
    #expect(Columns.aligned("日本\tx\n") == "日本      x\n")
    #expect(Columns.aligned("e\u{301}\tx\n") == "e\u{301}         x\n")
    #expect(Columns.aligned("🐳\tx\n") == "🐳        x\n")
  }

  /// As many columns as a template may have.
  @Test func manyColumns() {
    let tabs = String(repeating: "\t", count: 2000)
    #expect(Columns.aligned(tabs).utf8.count == 20_000)
  }
}
