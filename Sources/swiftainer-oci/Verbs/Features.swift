import OCISpec
import Runtime

extension Command {
  static let features = Command(
    name: "features", arguments: "", summary: "print what this runtime supports", flags: [], count: 0...0
  ) { _, _ in
    Output.print(bytes: Features.ofThisRuntime.json(.indented(2)))
    return 0
  }
}
