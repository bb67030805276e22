/// What is typed for `commit`, as the parser can take it: `--pause=false` it would take for a flag with a value.
public enum CommitWords {
  public static func from(_ typed: [String]) -> [String] {
    typed.map { word in
      switch word {
      case "--pause=false", "-p=false": "--no-pause"
      case "--pause=true", "-p=true": "--pause"
      default: word
      }
    }
  }
}
