import CShim
import Glibc

/// Patterns of names with slashes. Source: fnmatch(3), as path.Match of Go: no `*` crosses a slash.
enum PathPattern {
  static func matches(_ pattern: String, _ text: String) -> Bool { fnmatch(pattern, text, FNM_PATHNAME) == 0 }
}
