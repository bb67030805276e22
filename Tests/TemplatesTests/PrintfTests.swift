import Testing

@testable import Templates

/// `printf`. What is expected is what Go's text/template says to the same.
@Suite struct PrintfTests {
  @Test(arguments: [
    Case(#"{{printf "%s %v %d" "a" "b" 3}}"#, "a b 3"),
    Case(#"{{printf "%q %q" "a\"b\n" 65}}"#, #""a\"b\n" 'A'"#),
    Case(#"{{printf "%x %X %x" "hi" "hi" 255}}"#, "6869 6869 ff"),
    Case(#"{{printf "% x|%#x|%# x" "hi" "hi" "hi"}}"#, "68 69|0x6869|0x68 0x69"),
    Case(
      #"{{printf "%f %.2f %.0f %8.3f|%-8.1f|%08.2f" 1.5 2.345 2.5 3.14159 2.25 -1.5}}"#,
      "1.500000 2.35 2    3.142|2.2     |-0001.50"),
    Case(
      #"{{printf "%e %.2e %E %g %G %.3g" 1234.5678 1234.5678 0.00012 1e20 1e-10 1234.5678}}"#,
      "1.234568e+03 1.23e+03 1.200000E-04 1e+20 1E-10 1.23e+03"),
    Case(#"{{printf "%v %v %v %v" 100000.0 1000000.0 0.0001 0.00001}}"#, "100000 1e+06 0.0001 1e-05"),
    Case(#"{{printf "%6.2f%%" 12.345}}"#, " 12.35%"),
    Case(#"{{printf "%.1f %.1f %.1f" 0.25 0.35 0.05}}"#, "0.2 0.3 0.1"),
    Case(#"{{printf "%.20f" 0.1}}"#, "0.10000000000000000555"),
    Case(#"{{printf "%t %v" true false}}"#, "true false"),
    Case(#"{{printf "%5s|%-5s|%.2s|%5.1s|" "abc" "abc" "abcdef" "xyz"}}"#, "  abc|abc  |ab|    x|"),
    Case(#"{{printf "%10s|%-10s|" .Unicode "é"}}"#, "größe… ☃ 日本|é         |"),
    Case(#"{{printf "%05d|%5d|%-5d|%+d|% d|%05d" 42 42 42 42 42 -42}}"#, "00042|   42|42   |+42| 42|-0042"),
    Case(#"{{printf "%.3d|%8.3d|%-8.3d|%+.3d|%.0d|" 7 7 7 7 0}}"#, "007|     007|007     |+007||"),
    Case(#"{{printf "%b %o %O %#o %#x %#b %X" 5 8 8 8 255 5 255}}"#, "101 10 0o10 010 0xff 0b101 FF"),
    Case(#"{{printf "%c %U %#U" 65 9786 9786}}"#, "A U+263A U+263A '\u{263A}'"),
    Case(#"{{printf "%T %T %T %T %T" 1 "a" 1.5 true nil}}"#, "int string float64 bool <nil>"),
    Case(#"{{printf "%T %T" .Args .State}}"#, "[]string *main.State"),
    Case(
      #"{{printf "%s %v %d" .Args .Args .Args}}"#,
      "[-c echo hi] [-c echo hi] [%!d(string=-c) %!d(string=echo hi)]"),
    Case(#"{{printf "%q" .Args}}"#, #"["-c" "echo hi"]"#),
    Case(
      #"{{printf "%v %s" .Labels .Labels}}"#,
      "map[a:1 b:2 com.example.role:front] map[a:1 b:2 com.example.role:front]"),
    Case(#"{{printf "%5s|%-8q" .Args .Args}}"#, #"[   -c echo hi]|["-c"     "echo hi"]"#),
    Case(#"{{printf "%v" .Mounts}}"#, "[{bind /srv /data true} {volume v1 /var/lib false}]"),
    Case(
      #"{{printf "%+v" .Mounts}}"#,
      "[{Type:bind Source:/srv Destination:/data RW:true} {Type:volume Source:v1 Destination:/var/lib RW:false}]"
    ),
    Case(#"{{printf "%v %s" .Unset .Unset}}"#, "<nil> %!s(<nil>)"),
    Case(#"{{printf "%v" .Labels.nope}}"#, "<nil>"),
    Case(#"{{printf "%v" .NilList}} {{printf "%s" .NilMap}}"#, "[] map[]"),
    Case(#"{{printf "%d" "x"}}"#, "%!d(string=x)"),
    Case(#"{{printf "%s" 1}}"#, "%!s(int=1)"),
    Case(#"{{printf "%s" true}}"#, "%!s(bool=true)"),
    Case(#"{{printf "%d" 1.5}}"#, "%!d(float64=1.5)"),
    Case(#"{{printf "%z" 1}}"#, "%!z(int=1)"),
    Case(#"{{printf "%d %d" 1}}"#, "1 %!d(MISSING)"),
    Case(#"{{printf "%d" 1 2}}"#, "1%!(EXTRA int=2)"),
    Case(#"{{printf "x" "y" 3}}"#, "x%!(EXTRA string=y, int=3)"),
    Case(#"{{printf "%"}}"#, "%!(NOVERB)"),
    Case(#"{{printf "%%"}}"#, "%"),
    Case(#"{{printf "%5%"}}"#, "%"),
    Case(#"{{printf "%-"}}"#, "%!(NOVERB)"),
    Case(#"{{printf "100%"}}"#, "100%!(NOVERB)"),
    Case(#"{{printf "%*d|%-*d|" 5 42 5 42}}"#, "   42|42   |"),
    Case(#"{{printf "%*d" "x" 42}}"#, "%!(BADWIDTH)42"),
    Case(#"{{printf "%.*f" 2 3.14159}}"#, "3.14"),
    Case(#"{{printf "%[2]s %[1]s" "a" "b"}}"#, "b a"),
    Case(#"{{printf "%[1]d %[1]x %[1]d" 17}}"#, "17 11 17"),
    Case(#"{{printf "%[3]d" 1}}"#, "%!d(BADINDEX)"),
    Case(#"{{printf "%[x]d" 1}}"#, "%!d(BADINDEX)"),
    Case(#"{{printf "%[1" 1}}"#, "%!(NOVERB)"),
    Case(#"{{printf "%#v %#v %#v" "a" 1 true}}"#, #""a" 1 true"#),
    Case(
      #"{{printf "%#q" "ab"}} {{printf "%+q" "é☃"}} {{printf "%#q" "a`b"}}"#, #"`ab` "\u00e9\u2603" "a`b""#),
    Case(#"{{printf "%x" ""}}|{{printf "%5x|%-6x|" "a" "b"}}"#, "|   61|62    |"),
    Case(#"{{printf "%08.3f|%+.2f|% .2f|%+08.2f" 3.14159 2.5 2.5 2.5}}"#, "0003.142|+2.50| 2.50|+0002.50"),
    Case(#"{{printf "%010s|%-010d|" "abc" 5}}"#, "0000000abc|5         |"),
    Case(#"{{printf "%v" 1e100}} {{printf "%f" 1e21}}"#, "1e+100 1000000000000000000000.000000"),
    Case(#"{{printf "%v" .Health}}"#, "<nil>"),
    Case(#"{{printf "%q" 'x'}} {{printf "%c" 'x'}}"#, "'x' x"),
    Case(#"{{printf "%t" 1}}"#, "%!t(int=1)"),
    Case(#"{{printf "%5t|%-6t|" true false}}"#, " true|false |"),
    Case(#"{{printf "%6v|%-6v|" 1 "a"}}"#, "     1|a     |"),
    Case(#"{{printf "%.2v" 1.2345}}"#, "1.2"),
    Case(#"{{printf "%!"}}"#, "%!!(MISSING)"),
    Case(#"{{printf "%s%s" "a" "b" | printf "%s-%s" "c"}}"#, "c-ab"),
  ])
  func prints(_ sample: Case) { sample.checkPrints() }
}
