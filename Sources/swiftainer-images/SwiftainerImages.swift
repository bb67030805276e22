import ArgumentParser
import CShim
import Glibc
import Registry
import Runtime

/// What everyday commands about images execute: `swiftainer pull` becomes `swiftainer-images pull`. It has what they
/// are better without: HTTP, TLS, archives, compression.
@main
struct SwiftainerImages: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftainer", shouldDisplay: false,
    subcommands: [
      Pull.self, Fetch.self, Push.self, Login.self, Logout.self, Search.self, Load.self, Save.self,
      Import.self,
      Export.self, Commit.self,
    ])

  static func main() async {
    // Nothing in a container may look into this process (CVE-2016-9962).
    _ = shim_set_dumpable(0)
    StandardDescriptors.ensureOpen()
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if command is any AsyncParsableCommand {
        try await Interruption.watching {
          // Parsed again here: a command cannot be handed to another thread.
          if var command = try parseAsRoot() as? any AsyncParsableCommand { try await command.run() }
        }
      } else {
        // A signal ends it at once: the store is whole at any instant.
        try command.run()
      }
    } catch let ended as Interruption.Ended {
      Glibc.exit(ended.exitCode)
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      Told.error("swiftainer: \(Self.words(error))")
      Glibc.exit(1)
    }
    Glibc.exit(0)
  }

  private static func words(_ error: any Error) -> String {
    error is Failure ? "\(error)" : message(for: error)
  }
}

/// The two streams that people read.
enum Told {
  static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  static func write(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if written > 0 {
          at += written
        } else if errno != EINTR {
          // Whoever reads it has gone; the work is done all the same.
          return
        }
      }
    }
  }
}
