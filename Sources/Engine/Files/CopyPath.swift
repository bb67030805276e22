import Runtime

/// A path as `cp` was given it: what a slash or a point at its end says goes before it is cleaned.
struct CopyPath: Equatable {
  /// Absolute and clean.
  let path: String
  /// As it was typed.
  let typed: String
  /// It ended in `/` or `/.`: only a folder is meant.
  let isFolder: Bool
  /// It ended in `/.`, or was `.`: what is in the folder is meant.
  let isContent: Bool

  /// - Parameter folder: where a relative path begins; absolute.
  init(_ typed: String, from folder: String) {
    self.typed = typed
    path = Files.clean(typed.hasPrefix("/") ? typed : folder + "/" + typed)
    isContent = typed == "." || typed.hasSuffix("/.") || path == "/"
    isFolder = isContent || typed.hasSuffix("/") || typed == ".." || typed.hasSuffix("/..")
  }

  /// The folder that it is in.
  var parent: String {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Its last name; `.` for the root.
  var name: String {
    path == "/" ? "." : String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
  }
}

/// `CONTAINER:PATH` or a path of the host's, as `cp` takes them.
public enum CopyWord: Equatable, Sendable {
  case container(String, path: String)
  case host(String)
  /// `-`: standard input or output.
  case stream

  /// A path that has a colon in it is told by a `/` or a `.` at its beginning.
  public init(_ word: String) {
    if word == "-" {
      self = .stream
    } else if let colon = word.firstIndex(of: ":"), !word.hasPrefix("/"), !word.hasPrefix(".") {
      self = .container(String(word[..<colon]), path: String(word[word.index(after: colon)...]))
    } else {
      self = .host(word)
    }
  }
}
