import ArgumentParser
import Engine
import Glibc
import Runtime

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "List what a container has added (A), changed (C) and deleted (D) in its image.")

  @OptionGroup var word: ContainerWord

  func run() throws {
    // Names need not be UTF-8: their bytes are written as they are.
    try Files.write(try word.find().changes().flatMap(\.line), to: STDOUT_FILENO, "standard output")
  }
}
